package main

import (
	"context"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/teslamotors/vehicle-command/pkg/connector"
	"github.com/teslamotors/vehicle-command/pkg/protocol"
)

// Records of the socket radio (docs/socket-radio.md).
const (
	recordHello   = 0x00
	recordPayload = 0x01
	recordName    = 0x06

	radioVersion   = 1
	dialectTesla   = 1
	largestPayload = 244
	largestMessage = 1024

	// What a car may take to say its hello and its name.
	greetingTime = 5 * time.Second
)

var (
	errFull       = errors.New("the car has as many links as it takes: its name says that it is not connectable")
	errOtherCar   = errors.New("the car at this address has another VIN")
	errNoTesla    = errors.New("the car at this address does not offer the Tesla dialect: start it with --dialects native,tesla")
	errWrongBytes = errors.New("what came is no record of the socket radio")
)

// radio is a connector.Connector over the socket radio: the car sees of it what it would see of a phone over Bluetooth LE.
type radio struct {
	vin     string
	auth    connector.AuthMethod
	conn    net.Conn
	payload int
	inbox   chan []byte
	heard   *ear

	sending sync.Mutex
	closing sync.Once
}

var _ connector.Connector = (*radio)(nil)

// dial attaches to the car that listens at address, once its name on the air is that of vin.
func dial(address, vin string, auth connector.AuthMethod, heard *ear) (*radio, error) {
	conn, err := net.DialTimeout("tcp", address, greetingTime)
	if err != nil {
		return nil, err
	}
	r := &radio{vin: vin, auth: auth, conn: conn, inbox: make(chan []byte, connector.BufferSize), heard: heard}
	if err := r.greet(); err != nil {
		_ = conn.Close()
		return nil, err
	}
	go r.listen()
	return r, nil
}

// greet reads the car's hello and name, and answers with a hello in the Tesla dialect.
func (r *radio) greet() error {
	_ = r.conn.SetReadDeadline(time.Now().Add(greetingTime))
	kind, body, err := r.readRecord()
	if err != nil {
		return err
	}
	if kind != recordHello || len(body) != 3 || body[0] != radioVersion {
		return errWrongBytes
	}
	r.payload = min(largestPayload, int(binary.BigEndian.Uint16(body[1:])))
	kind, body, err = r.readRecord()
	if err != nil {
		return err
	}
	switch {
	case kind != recordName || len(body) < 2:
		return errNoTesla
	case string(body[1:]) != localName(r.vin):
		return errOtherCar
	case body[0] != 1:
		return errFull
	}
	_ = r.conn.SetReadDeadline(time.Time{})
	return r.writeRecord(recordHello, []byte{radioVersion, largestPayload >> 8, largestPayload & 0xff, dialectTesla})
}

// localName is how a car with that VIN is called on the air.
func localName(vin string) string {
	digest := sha1.Sum([]byte(vin))
	return fmt.Sprintf("S%02xC", digest[:8])
}

// listen puts messages together from pieces until the link ends.
func (r *radio) listen() {
	var stream []byte
	for {
		kind, body, err := r.readRecord()
		if err != nil {
			r.heard.lost()
			return
		}
		if kind != recordPayload {
			continue
		}
		stream = append(stream, body...)
		for len(stream) >= 2 {
			size := int(binary.BigEndian.Uint16(stream))
			if size > largestMessage {
				stream = nil
				break
			}
			if len(stream) < 2+size {
				break
			}
			message := append([]byte(nil), stream[2:2+size]...)
			stream = stream[2+size:]
			r.heard.received(message)
			select {
			case r.inbox <- message:
			default:
			}
		}
	}
}

// Send cuts a message into pieces, as a Bluetooth link would; it is withheld where the ear says so.
func (r *radio) Send(_ context.Context, message []byte) error {
	if r.heard.isGone() {
		return protocol.ErrNotConnected
	}
	if r.heard.withholds(message) {
		return nil
	}
	return r.transmit(message)
}

func (r *radio) transmit(message []byte) error {
	r.sending.Lock()
	defer r.sending.Unlock()
	rest := append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...)
	for len(rest) > 0 {
		size := min(r.payload, len(rest))
		if err := r.writeRecord(recordPayload, rest[:size]); err != nil {
			return protocol.ErrNotConnected
		}
		rest = rest[size:]
	}
	return nil
}

func (r *radio) readRecord() (byte, []byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(r.conn, head[:]); err != nil {
		return 0, nil, err
	}
	record := make([]byte, binary.BigEndian.Uint16(head[:]))
	if len(record) == 0 {
		return 0, nil, errWrongBytes
	}
	if _, err := io.ReadFull(r.conn, record); err != nil {
		return 0, nil, err
	}
	return record[0], record[1:], nil
}

func (r *radio) writeRecord(kind byte, body []byte) error {
	record := binary.BigEndian.AppendUint16(nil, uint16(1+len(body)))
	record = append(append(record, kind), body...)
	_, err := r.conn.Write(record)
	return err
}

func (r *radio) Receive() <-chan []byte                    { return r.inbox }
func (r *radio) VIN() string                               { return r.vin }
func (r *radio) PreferredAuthMethod() connector.AuthMethod { return r.auth }
func (r *radio) RetryInterval() time.Duration              { return time.Second }
func (r *radio) AllowedLatency() time.Duration             { return 4 * time.Second }

// Close ends the link; again is no harm.
func (r *radio) Close() {
	r.closing.Do(func() { _ = r.conn.Close() })
}
