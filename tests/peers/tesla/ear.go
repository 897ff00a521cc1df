package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"

	universal "github.com/teslamotors/vehicle-command/pkg/protocol/protobuf/universalmessage"
	"github.com/teslamotors/vehicle-command/pkg/protocol/protobuf/vcsec"
)

// largestBacklog is how many broadcasts wait for somebody to ask.
const largestBacklog = 64

var (
	errLost          = errors.New("the link has ended")
	errNothingSigned = errors.New("nothing has been signed yet")
)

// ear notes what passes on a link: the module keeps faults that it recovers from, and broadcasts, to itself.
type ear struct {
	lock     sync.Mutex
	changed  chan struct{}
	gone     bool
	withhold bool
	// signed is the last authenticated message, sent or withheld.
	signed     []byte
	faults     []string
	replies    []*universal.RoutableMessage
	broadcasts []*vcsec.FromVCSECMessage
}

func newEar() *ear {
	return &ear{changed: make(chan struct{})}
}

// notify wakes whoever awaits something; the lock is held.
func (e *ear) notify() {
	close(e.changed)
	e.changed = make(chan struct{})
}

// withholds notes a message that leaves, and tells whether it must not.
func (e *ear) withholds(bytes []byte) bool {
	var message universal.RoutableMessage
	if proto.Unmarshal(bytes, &message) != nil || message.GetSignatureData() == nil {
		return false
	}
	e.lock.Lock()
	defer e.lock.Unlock()
	e.signed = append([]byte(nil), bytes...)
	if e.withhold {
		e.notify()
	}
	return e.withhold
}

func (e *ear) received(bytes []byte) {
	var message universal.RoutableMessage
	if proto.Unmarshal(bytes, &message) != nil {
		return
	}
	e.lock.Lock()
	defer e.lock.Unlock()
	defer e.notify()
	if _, addressed := message.GetToDestination().GetSubDestination().(*universal.Destination_RoutingAddress); !addressed {
		var told vcsec.FromVCSECMessage
		if proto.Unmarshal(message.GetProtobufMessageAsBytes(), &told) == nil && len(e.broadcasts) < largestBacklog {
			e.broadcasts = append(e.broadcasts, &told)
		}
		return
	}
	if fault := message.GetSignedMessageStatus().GetSignedMessageFault(); fault != universal.MessageFault_E_MESSAGEFAULT_ERROR_NONE {
		e.faults = append(e.faults, nameOf(fault))
	}
	e.replies = append(e.replies, &message)
}

func (e *ear) lost() {
	e.lock.Lock()
	defer e.lock.Unlock()
	e.gone = true
	e.notify()
}

func (e *ear) isGone() bool {
	e.lock.Lock()
	defer e.lock.Unlock()
	return e.gone
}

// end awaits the end of the link.
func (e *ear) end(ctx context.Context) error {
	_, err := await(ctx, e, func() (bool, bool) { return true, e.gone })
	return err
}

// forget begins a command: what came before it is no part of it. Commands that await a broadcast take those since the command before them too.
func (e *ear) forget(broadcasts bool) {
	e.lock.Lock()
	defer e.lock.Unlock()
	e.faults, e.replies = nil, nil
	if broadcasts {
		e.broadcasts = nil
	}
}

func (e *ear) faultsSoFar() []string {
	e.lock.Lock()
	defer e.lock.Unlock()
	return append([]string{}, e.faults...)
}

// await gives what find finds, now or after more has passed.
func await[T any](ctx context.Context, e *ear, find func() (T, bool)) (T, error) {
	for {
		e.lock.Lock()
		found, ok := find()
		gone, changed := e.gone, e.changed
		e.lock.Unlock()
		if ok {
			return found, nil
		}
		if gone {
			return found, errLost
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return found, ctx.Err()
		}
	}
}

// keyOutcome is the next broadcast about the list of keys.
func (e *ear) keyOutcome(ctx context.Context) (*vcsec.CommandStatus, error) {
	return await(ctx, e, func() (*vcsec.CommandStatus, bool) {
		for index, told := range e.broadcasts {
			if status := told.GetCommandStatus(); status.GetWhitelistOperationStatus() != nil {
				e.broadcasts = e.broadcasts[index+1:]
				return status, true
			}
		}
		return nil, false
	})
}

// status is the next broadcast of how the vehicle is that says so of its lock.
func (e *ear) status(ctx context.Context, lock vcsec.VehicleLockState_E) (*vcsec.VehicleStatus, error) {
	return await(ctx, e, func() (*vcsec.VehicleStatus, bool) {
		for index, told := range e.broadcasts {
			if status := told.GetVehicleStatus(); status != nil && status.GetVehicleLockState() == lock {
				e.broadcasts = e.broadcasts[index+1:]
				return status, true
			}
		}
		return nil, false
	})
}

// lastSigned is the last authenticated message and its uuid.
func (e *ear) lastSigned() ([]byte, []byte, error) {
	e.lock.Lock()
	defer e.lock.Unlock()
	var message universal.RoutableMessage
	if e.signed == nil || proto.Unmarshal(e.signed, &message) != nil {
		return nil, nil, errNothingSigned
	}
	return e.signed, message.GetUuid(), nil
}

// replyTo awaits the reply to the message with that uuid.
func (e *ear) replyTo(ctx context.Context, uuid []byte) (*universal.RoutableMessage, error) {
	return await(ctx, e, func() (*universal.RoutableMessage, bool) {
		for _, reply := range e.replies {
			if bytes.Equal(reply.GetRequestUuid(), uuid) {
				return reply, true
			}
		}
		return nil, false
	})
}

// nameOf shortens MESSAGEFAULT_ERROR_INCORRECT_EPOCH to INCORRECT_EPOCH.
func nameOf(fault universal.MessageFault_E) string {
	return strings.TrimPrefix(fmt.Sprint(fault), "MESSAGEFAULT_ERROR_")
}
