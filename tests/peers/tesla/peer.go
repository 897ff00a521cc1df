package main

import (
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"github.com/teslamotors/vehicle-command/pkg/cache"
	"github.com/teslamotors/vehicle-command/pkg/connector"
	"github.com/teslamotors/vehicle-command/pkg/protocol"
	universal "github.com/teslamotors/vehicle-command/pkg/protocol/protobuf/universalmessage"
	"github.com/teslamotors/vehicle-command/pkg/vehicle"
)

// peer is a client of Tesla's module with one key and one car.
type peer struct {
	vin     string
	auth    connector.AuthMethod
	key     protocol.ECDHPrivateKey
	public  *ecdh.PublicKey
	car     *vehicle.Vehicle
	radio   *radio
	heard   *ear
	session *cache.SessionCache
}

// attach opens a link to the car; sessions of an earlier link go on, as the module's cache has them.
func (p *peer) attach(ctx context.Context, address string) error {
	if p.car != nil {
		if err := p.car.UpdateCachedSessions(p.session); err != nil {
			return err
		}
		p.car.Disconnect()
		p.car = nil
	}
	heard := newEar()
	link, err := dial(address, p.vin, p.auth, heard)
	if err != nil {
		return err
	}
	car, err := vehicle.NewVehicle(link, p.key, p.session)
	if err != nil {
		link.Close()
		return err
	}
	p.radio, p.heard, p.car = link, heard, car
	return car.Connect(ctx)
}

// again sends the last authenticated message as it was, and tells the car's bare answer.
func (p *peer) again(ctx context.Context) (any, error) {
	message, uuid, err := p.heard.lastSigned()
	if err != nil {
		return nil, err
	}
	if err := p.radio.transmit(message); err != nil {
		return nil, err
	}
	reply, err := p.heard.replyTo(ctx, uuid)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"fault":       nameOf(reply.GetSignedMessageStatus().GetSignedMessageFault()),
		"status":      fmt.Sprint(reply.GetSignedMessageStatus().GetOperationStatus()),
		"sessionInfo": reply.GetSessionInfo() != nil,
	}, nil
}

// signOnly has a command signed for the car, and keeps it.
func (p *peer) signOnly(ctx context.Context, command func(context.Context) (any, error)) (any, error) {
	p.heard.lock.Lock()
	p.heard.withhold, p.heard.signed = true, nil
	p.heard.lock.Unlock()
	defer func() {
		p.heard.lock.Lock()
		p.heard.withhold = false
		p.heard.lock.Unlock()
	}()
	running, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	go func() {
		_, err := command(running)
		done <- err
	}()
	_, err := await(ctx, p.heard, func() (bool, bool) { return true, p.heard.signed != nil })
	stop()
	// The module has let go of the request before the next one begins.
	if early := <-done; err == nil && early == nil {
		return nil, errors.New("the command was answered and had not been sent")
	}
	return nil, err
}

func (p *peer) open(ctx context.Context, domains ...universal.Domain) (any, error) {
	return nil, p.car.StartSession(ctx, domains)
}

// newKey writes a new private key of P-256 in the format that the module reads, for its owner alone.
func newKey(path string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	return pem.Encode(file, &pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
}

// publicKeyOf reads the 65 bytes of an uncompressed point of P-256 in hexadecimal.
func publicKeyOf(text string) (*ecdh.PublicKey, error) {
	point, err := hex.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("a public key is 130 hexadecimal digits: %w", err)
	}
	return ecdh.P256().NewPublicKey(point)
}
