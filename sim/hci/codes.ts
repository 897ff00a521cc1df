/** Codes of the host controller interface that a Low Energy host uses. Sections are those of the Bluetooth Core Specification 5.4, Vol 4 Part E. */

/** Packet types of the UART transport (Vol 4 Part A section 2). */
export const PACKET = { command: 0x01, acl: 0x02, event: 0x04 } as const;

/** Commands by opcode (section 7). */
export const OPCODE = {
  disconnect: 0x0406, // 7.1.6
  setEventMask: 0x0c01, // 7.3.1
  reset: 0x0c03, // 7.3.2
  readLeHostSupport: 0x0c6c, // 7.3.78
  writeLeHostSupport: 0x0c6d, // 7.3.79
  readLocalVersion: 0x1001, // 7.4.1
  readSupportedCommands: 0x1002, // 7.4.2
  readBufferSize: 0x1005, // 7.4.5
  readBdAddr: 0x1009, // 7.4.6
  readRssi: 0x1405, // 7.5.4
  leSetEventMask: 0x2001, // 7.8.1
  leReadBufferSize: 0x2002, // 7.8.2
  leSetRandomAddress: 0x2005, // 7.8.4
  leSetAdvertisingParameters: 0x2006, // 7.8.5
  leSetAdvertisingData: 0x2008, // 7.8.7
  leSetScanResponseData: 0x2009, // 7.8.8
  leSetAdvertisingEnable: 0x200a, // 7.8.9
  leSetScanParameters: 0x200b, // 7.8.10
  leSetScanEnable: 0x200c, // 7.8.11
  leCreateConnection: 0x200d, // 7.8.12
  leCreateConnectionCancel: 0x200e, // 7.8.13
  leConnectionUpdate: 0x2013, // 7.8.18
} as const;

/** Events (section 7.7). */
export const EVENT = {
  disconnectionComplete: 0x05,
  commandComplete: 0x0e,
  commandStatus: 0x0f,
  numberOfCompletedPackets: 0x13,
  dataBufferOverflow: 0x1a,
  leMeta: 0x3e,
} as const;

/** Subevents of the LE meta event (section 7.7.65). */
export const LE_EVENT = { connectionComplete: 0x01, advertisingReport: 0x02, connectionUpdateComplete: 0x03 } as const;

/** Error codes (Vol 1 Part F). */
export const STATUS = {
  success: 0x00,
  unknownCommand: 0x01,
  unknownConnection: 0x02,
  connectionTimeout: 0x08,
  commandDisallowed: 0x0c,
  invalidParameters: 0x12,
  terminatedByLocalHost: 0x16,
} as const;

/** Advertising PDU types as hosts name them (section 7.8.5); a scan response is one in reports (section 7.7.65.2). */
export const ADVERTISING = { connectable: 0x00, scannable: 0x02, nonConnectable: 0x03, scanResponse: 0x04 } as const;

export const ROLE = { central: 0x00, peripheral: 0x01 } as const;

/** Own and peer address types (section 7.8.5). */
export const ADDRESS_TYPE = { public: 0x00, random: 0x01 } as const;
