"""A backend for bleak that reaches a car over the socket radio (docs/socket-radio.md) instead of Bluetooth LE."""

import asyncio
import struct

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakError

HELLO, PAYLOAD, NAME = 0x00, 0x01, 0x06
VERSION, TESLA, LARGEST_PAYLOAD = 1, 1, 244

SERVICE = "00000211-b2d1-43f0-9b88-960cebf8b91e"
WRITTEN = "00000212-b2d1-43f0-9b88-960cebf8b91e"
NOTIFIED = "00000213-b2d1-43f0-9b88-960cebf8b91e"

# What a car may take to say its hello and its name.
GREETING_S = 5


class SocketRadio(BaseBleakClient):
    """One link. Its address is HOST:PORT, and the name it looks for that of the device."""

    def __init__(self, device, **options):
        super().__init__(device, **options)
        self._name = device.name
        self._writer = None
        self._listening = None
        self._notify = lambda _: None
        self._payload = LARGEST_PAYLOAD

    @property
    def name(self):
        return self._name

    @property
    def mtu_size(self):
        return self._payload + 3

    @property
    def is_connected(self):
        return self._writer is not None

    async def connect(self, pair, **options):
        host, port = self.address.rsplit(":", 1)
        try:
            reader, writer = await asyncio.open_connection(host, int(port))
            self._payload = await asyncio.wait_for(self._greet(reader, writer), GREETING_S)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            raise BleakError(f"no car at {self.address}: {error or type(error).__name__}") from error
        self._writer = writer
        self.services = services_of(self._payload)
        self._listening = asyncio.create_task(self._listen(reader))

    async def _greet(self, reader, writer):
        kind, body = await read_record(reader)
        if kind != HELLO or len(body) != 3 or body[0] != VERSION:
            raise BleakError("what came is no hello of a car")
        kind, name = await read_record(reader)
        if kind != NAME or name[1:].decode() != self._name:
            raise BleakError(f"the car at {self.address} is not {self._name}")
        if name[0] != 1:
            raise BleakError(f"{self._name} takes no more links")
        write_record(writer, HELLO, struct.pack(">BHB", VERSION, LARGEST_PAYLOAD, TESLA))
        return min(LARGEST_PAYLOAD, struct.unpack(">H", body[1:])[0])

    async def _listen(self, reader):
        try:
            while True:
                kind, body = await read_record(reader)
                if kind == PAYLOAD:
                    self._notify(bytearray(body))
        except (OSError, asyncio.IncompleteReadError):
            self._end()

    def _end(self):
        if self._writer is None:
            return
        self._writer.close()
        self._writer = None
        if self._disconnected_callback is not None:
            self._disconnected_callback()

    async def disconnect(self):
        if self._listening is not None:
            self._listening.cancel()
        self._end()

    async def write_gatt_char(self, characteristic, data, response):
        # A stack cuts what is longer than one write of this link.
        for at in range(0, len(data), self._payload):
            write_record(self._writer, PAYLOAD, bytes(data[at : at + self._payload]))
        await self._writer.drain()

    async def start_notify(self, characteristic, callback, **options):
        self._notify = callback

    async def stop_notify(self, characteristic):
        self._notify = lambda _: None

    async def read_gatt_char(self, characteristic, **options):
        raise BleakError("the socket radio has no values to read")

    async def read_gatt_descriptor(self, descriptor, **options):
        raise BleakError("the socket radio has no descriptors")

    async def write_gatt_descriptor(self, descriptor, data):
        raise BleakError("the socket radio has no descriptors")

    async def pair(self, *args, **options):
        raise BleakError("cars of this kind are not paired by Bluetooth")

    async def unpair(self):
        raise BleakError("cars of this kind are not paired by Bluetooth")


class SocketClient(BleakClient):
    """bleak's client on that backend."""

    def __init__(self, device, **options):
        super().__init__(device, **options, backend=SocketRadio)


def services_of(payload):
    service = BleakGATTService(None, 1, SERVICE)
    services = BleakGATTServiceCollection()
    services.add_service(service)
    for handle, uuid, properties in ((2, WRITTEN, ["write"]), (4, NOTIFIED, ["notify"])):
        services.add_characteristic(BleakGATTCharacteristic(None, handle, uuid, properties, lambda: payload, service))
    return services


async def read_record(reader):
    (size,) = struct.unpack(">H", await reader.readexactly(2))
    if size == 0:
        raise BleakError("what came is no record of the socket radio")
    record = await reader.readexactly(size)
    return record[0], record[1:]


def write_record(writer, kind, body):
    writer.write(struct.pack(">HB", 1 + len(body), kind) + body)
