package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/teslamotors/vehicle-command/pkg/protocol/protobuf/keys"
	universal "github.com/teslamotors/vehicle-command/pkg/protocol/protobuf/universalmessage"
	"github.com/teslamotors/vehicle-command/pkg/protocol/protobuf/vcsec"
	"github.com/teslamotors/vehicle-command/pkg/vehicle"
)

// command does one thing with words after its name; its answer is printed as JSON.
type command func(ctx context.Context, p *peer, words []string) (any, error)

var errWords = errors.New("a word is missing, or is not known")

const (
	doors        = universal.Domain_DOMAIN_VEHICLE_SECURITY
	infotainment = universal.Domain_DOMAIN_INFOTAINMENT
)

var domains = map[string][]universal.Domain{"doors": {doors}, "infotainment": {infotainment}, "both": {doors, infotainment}}

var roles = map[string]keys.Role{
	"owner": keys.Role_ROLE_OWNER, "driver": keys.Role_ROLE_DRIVER, "guest": keys.Role_ROLE_GUEST, "service": keys.Role_ROLE_SERVICE,
	"monitor": keys.Role_ROLE_VEHICLE_MONITOR, "charger": keys.Role_ROLE_CHARGING_MANAGER, "fleet": keys.Role_ROLE_FM,
}

var categories = map[string]vehicle.StateCategory{
	"charge": vehicle.StateCategoryCharge, "climate": vehicle.StateCategoryClimate, "drive": vehicle.StateCategoryDrive,
	"location": vehicle.StateCategoryLocation, "closures": vehicle.StateCategoryClosures, "tires": vehicle.StateCategoryTirePressure,
	"software": vehicle.StateCategorySoftwareUpdate, "charge-plans": vehicle.StateCategoryChargeSchedule, "climate-plans": vehicle.StateCategoryPreconditioningSchedule,
	"media": vehicle.StateCategoryMedia, "media-detail": vehicle.StateCategoryMediaDetail, "parental-controls": vehicle.StateCategoryParentalControls,
}

var lockStates = map[string]vcsec.VehicleLockState_E{
	"locked": vcsec.VehicleLockState_E_VEHICLELOCKSTATE_LOCKED, "unlocked": vcsec.VehicleLockState_E_VEHICLELOCKSTATE_UNLOCKED,
}

// plain are the commands of the module that take no word and give no answer.
var plain = map[string]func(*vehicle.Vehicle, context.Context) error{
	"unlock": (*vehicle.Vehicle).Unlock, "lock": (*vehicle.Vehicle).Lock, "wake": (*vehicle.Vehicle).Wakeup, "drive": (*vehicle.Vehicle).RemoteDrive,
	"trunk-open": (*vehicle.Vehicle).OpenTrunk, "trunk-close": (*vehicle.Vehicle).CloseTrunk, "trunk-move": (*vehicle.Vehicle).ActuateTrunk, "frunk-open": (*vehicle.Vehicle).OpenFrunk,
	"ping": (*vehicle.Vehicle).Ping, "honk": (*vehicle.Vehicle).HonkHorn, "flash": (*vehicle.Vehicle).FlashLights,
	"charge-start": (*vehicle.Vehicle).ChargeStart, "charge-stop": (*vehicle.Vehicle).ChargeStop,
	"charge-port-open": (*vehicle.Vehicle).ChargePortOpen, "charge-port-close": (*vehicle.Vehicle).ChargePortClose,
	"climate-on": (*vehicle.Vehicle).ClimateOn, "climate-off": (*vehicle.Vehicle).ClimateOff,
	"autosecure": (*vehicle.Vehicle).AutoSecureVehicle, "tonneau-open": (*vehicle.Vehicle).OpenTonneau, "tonneau-close": (*vehicle.Vehicle).CloseTonneau, "tonneau-stop": (*vehicle.Vehicle).StopTonneau,
	"charge-standard": (*vehicle.Vehicle).ChargeStandardRange, "charge-max": (*vehicle.Vehicle).ChargeMaxRange, "depart-off": (*vehicle.Vehicle).ClearScheduledDeparture,
	"volume-up": (*vehicle.Vehicle).VolumeUp, "volume-down": (*vehicle.Vehicle).VolumeDown, "playback": (*vehicle.Vehicle).ToggleMediaPlayback,
	"next-track": (*vehicle.Vehicle).MediaNextTrack, "previous-track": (*vehicle.Vehicle).MediaPreviousTrack,
	"next-favourite": (*vehicle.Vehicle).MediaNextFavorite, "previous-favourite": (*vehicle.Vehicle).MediaPreviousFavorite,
	"software-cancel": (*vehicle.Vehicle).CancelSoftwareUpdate, "nearby-charging": (*vehicle.Vehicle).GetNearbyCharging, "erase-guest-data": (*vehicle.Vehicle).EraseGuestData,
	"valet-reset-pin": (*vehicle.Vehicle).ResetValetPin, "pin-to-drive-reset": (*vehicle.Vehicle).ResetPIN, "speed-limit-clear-admin": (*vehicle.Vehicle).ClearSpeedLimitPINAdminAction,
	"valet-off": (*vehicle.Vehicle).DisableValetMode, "pin-to-drive-clear": (*vehicle.Vehicle).ClearPINToDrive, "windows-vent": (*vehicle.Vehicle).VentWindows, "windows-close": (*vehicle.Vehicle).CloseWindows,
}

// worded are the commands that take words or give an answer.
var worded = map[string]command{
	"public-key": func(_ context.Context, p *peer, _ []string) (any, error) {
		return hex.EncodeToString(p.public.Bytes()), nil
	},
	"attach": func(ctx context.Context, p *peer, words []string) (any, error) {
		if len(words) != 1 {
			return nil, errWords
		}
		return nil, p.attach(ctx, words[0])
	},
	"session": func(ctx context.Context, p *peer, words []string) (any, error) {
		chosen, err := choose(domains, words, "both")
		if err != nil {
			return nil, err
		}
		return p.open(ctx, chosen...)
	},
	"keep-sessions": func(_ context.Context, p *peer, words []string) (any, error) {
		if len(words) != 1 {
			return nil, errWords
		}
		if err := p.car.UpdateCachedSessions(p.session); err != nil {
			return nil, err
		}
		return nil, p.session.ExportToFile(words[0])
	},
	"session-info": func(ctx context.Context, p *peer, words []string) (any, error) {
		chosen, err := choose(domains, words, "doors")
		if err != nil {
			return nil, err
		}
		return answer(p.car.SessionInfo(ctx, p.public, chosen[0]))
	},
	"pair": func(ctx context.Context, p *peer, words []string) (any, error) {
		role, err := choose(roles, words, "driver")
		if err != nil {
			return nil, err
		}
		return nil, p.car.SendAddKeyRequestWithRole(ctx, p.public, role, vcsec.KeyFormFactor_KEY_FORM_FACTOR_ANDROID_DEVICE)
	},
	"paired": func(ctx context.Context, p *peer, _ []string) (any, error) { return answer(p.heard.keyOutcome(ctx)) },
	"lost":   func(ctx context.Context, p *peer, _ []string) (any, error) { return nil, p.heard.end(ctx) },
	"told": func(ctx context.Context, p *peer, words []string) (any, error) {
		lock, err := choose(lockStates, words, "")
		if err != nil {
			return nil, err
		}
		return answer(p.heard.status(ctx, lock))
	},
	"status": func(ctx context.Context, p *peer, _ []string) (any, error) {
		return answer(p.car.BodyControllerState(ctx))
	},
	"keys": func(ctx context.Context, p *peer, _ []string) (any, error) { return answer(p.car.KeySummary(ctx)) },
	"key": func(ctx context.Context, p *peer, words []string) (any, error) {
		slot, err := number(words, 31)
		if err != nil {
			return nil, err
		}
		return answer(p.car.KeyInfoBySlot(ctx, uint32(slot)))
	},
	"add-key": func(ctx context.Context, p *peer, words []string) (any, error) {
		if len(words) != 2 {
			return nil, errWords
		}
		role, err := choose(roles, words[1:], "")
		if err != nil {
			return nil, err
		}
		key, err := publicKeyOf(words[0])
		if err != nil {
			return nil, err
		}
		return nil, p.car.AddKeyWithRole(ctx, key, role, vcsec.KeyFormFactor_KEY_FORM_FACTOR_CLOUD_KEY)
	},
	"remove-key": func(ctx context.Context, p *peer, words []string) (any, error) {
		if len(words) != 1 {
			return nil, errWords
		}
		key, err := publicKeyOf(words[0])
		if err != nil {
			return nil, err
		}
		return nil, p.car.RemoveKey(ctx, key)
	},
	"data": func(ctx context.Context, p *peer, words []string) (any, error) {
		category, err := choose(categories, words, "")
		if err != nil {
			return nil, err
		}
		return answer(p.car.GetState(ctx, category))
	},
	"again": func(ctx context.Context, p *peer, _ []string) (any, error) { return p.again(ctx) },
}

// run does the command of a line; `sign-only` before it keeps what the module has signed, for `again`.
func run(ctx context.Context, p *peer, words []string) (any, error) {
	name, rest := words[0], words[1:]
	if name == "sign-only" && len(rest) > 0 && p.car != nil {
		return p.signOnly(ctx, func(ctx context.Context) (any, error) { return run(ctx, p, rest) })
	}
	if p.car == nil && name != "attach" && name != "public-key" {
		return nil, errors.New("there is no link: attach HOST:PORT comes first")
	}
	if act, known := plain[name]; known && len(rest) == 0 {
		return nil, act(p.car, ctx)
	}
	if act, known := worded[name]; known {
		return act(ctx, p, rest)
	}
	if found, known, err := systems(ctx, p, name, rest); known {
		return found, err
	}
	return nil, fmt.Errorf("%q is no command here; there are: %s", name, strings.Join(names(), ", "))
}

func names() []string {
	all := append(systemNames(), "sign-only")
	for name := range plain {
		all = append(all, name)
	}
	for name := range worded {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// choose gives what the one word means, or the fallback where there is none.
func choose[T any](meanings map[string]T, words []string, fallback string) (T, error) {
	word := fallback
	if len(words) > 0 {
		word = words[0]
	}
	meaning, known := meanings[word]
	if !known || len(words) > 1 {
		return meaning, errWords
	}
	return meaning, nil
}

func number(words []string, most int) (int, error) {
	if len(words) != 1 {
		return 0, errWords
	}
	value, err := strconv.Atoi(words[0])
	if err != nil || value < 0 || value > most {
		return 0, fmt.Errorf("%q is no whole number from 0 to %d", words[0], most)
	}
	return value, nil
}

// answer keeps an absent message from looking like one.
func answer[M proto.Message](message M, err error) (any, error) {
	if err != nil || !message.ProtoReflect().IsValid() {
		return nil, err
	}
	return message, nil
}
