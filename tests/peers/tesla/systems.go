package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/teslamotors/vehicle-command/pkg/vehicle"
)

var onOff = map[string]bool{"on": true, "off": false}

var levels = map[string]vehicle.Level{"off": vehicle.LevelOff, "low": vehicle.LevelLow, "medium": vehicle.LevelMed, "high": vehicle.LevelHigh}

var seats = map[string]vehicle.SeatPosition{
	"front-left": vehicle.SeatFrontLeft, "front-right": vehicle.SeatFrontRight, "2nd-row-left": vehicle.SeatSecondRowLeft,
	"2nd-row-center": vehicle.SeatSecondRowCenter, "2nd-row-right": vehicle.SeatSecondRowRight, "3rd-row-left": vehicle.SeatThirdRowLeft,
}

var keepers = map[string]vehicle.ClimateKeeperMode{
	"off": vehicle.ClimateKeeperModeOff, "on": vehicle.ClimateKeeperModeOn, "dog": vehicle.ClimateKeeperModeDog, "camp": vehicle.ClimateKeeperModeCamp,
}

// everyday days of the week, Sunday being the lowest bit, and a place.
const (
	everyday            = 127
	latitude, longitude = 52.25, 13.5
)

// switches are the commands that take `on` or `off`.
var switches = map[string]func(*vehicle.Vehicle, context.Context, bool) error{
	"sentry": (*vehicle.Vehicle).SetSentryMode, "guest-mode": (*vehicle.Vehicle).SetGuestMode, "low-power": (*vehicle.Vehicle).SetLowPowerMode,
	"accessory-power": (*vehicle.Vehicle).SetKeepAccessoryPowerMode, "steering-wheel-heater": (*vehicle.Vehicle).SetSteeringWheelHeater,
	"bioweapon": func(v *vehicle.Vehicle, ctx context.Context, on bool) error {
		return v.SetBioweaponDefenseMode(ctx, on, false)
	},
	"defrost": func(v *vehicle.Vehicle, ctx context.Context, on bool) error {
		return v.SetPreconditioningMax(ctx, on, false)
	},
	"overheat-protection": func(v *vehicle.Vehicle, ctx context.Context, on bool) error {
		return v.SetCabinOverheatProtection(ctx, on, false)
	},
	"auto-seats": func(v *vehicle.Vehicle, ctx context.Context, on bool) error {
		return v.AutoSeatAndClimate(ctx, []vehicle.SeatPosition{vehicle.SeatFrontLeft, vehicle.SeatFrontRight}, on)
	},
}

// numbered are the commands that take a whole number.
var numbered = map[string]func(*vehicle.Vehicle, context.Context, int) error{
	"charge-limit": func(v *vehicle.Vehicle, ctx context.Context, n int) error { return v.ChangeChargeLimit(ctx, int32(n)) },
	"charge-amps":  func(v *vehicle.Vehicle, ctx context.Context, n int) error { return v.SetChargingAmps(ctx, int32(n)) },
	"climate-temperature": func(v *vehicle.Vehicle, ctx context.Context, n int) error {
		return v.ChangeClimateTemp(ctx, float32(n), float32(n))
	},
	"speed-limit": func(v *vehicle.Vehicle, ctx context.Context, n int) error {
		return v.SpeedLimitSetLimitMPH(ctx, float64(n))
	},
	"volume":  func(v *vehicle.Vehicle, ctx context.Context, n int) error { return v.SetVolume(ctx, float32(n)) },
	"sunroof": func(v *vehicle.Vehicle, ctx context.Context, n int) error { return v.ChangeSunroofState(ctx, int32(n)) },
	"charge-at": func(v *vehicle.Vehicle, ctx context.Context, n int) error {
		return v.ScheduleCharging(ctx, true, time.Duration(n)*time.Minute)
	},
	"depart-at": func(v *vehicle.Vehicle, ctx context.Context, n int) error {
		return v.ScheduleDeparture(ctx, time.Duration(n)*time.Minute, 0, vehicle.ChargingPolicyAllDays, vehicle.ChargingPolicyOff)
	},
	"software-in": func(v *vehicle.Vehicle, ctx context.Context, n int) error {
		return v.ScheduleSoftwareUpdate(ctx, time.Duration(n)*time.Minute)
	},
	"forget-charge-plan": func(v *vehicle.Vehicle, ctx context.Context, n int) error {
		return v.RemoveChargeSchedule(ctx, uint64(n))
	},
	"forget-climate-plan": func(v *vehicle.Vehicle, ctx context.Context, n int) error {
		return v.RemovePreconditionSchedule(ctx, uint64(n))
	},
}

// pinned are the commands that take a PIN or another single word.
var pinned = map[string]func(*vehicle.Vehicle, context.Context, string) error{
	"valet-on": (*vehicle.Vehicle).EnableValetMode, "speed-limit-on": (*vehicle.Vehicle).ActivateSpeedLimit, "speed-limit-off": (*vehicle.Vehicle).DeactivateSpeedLimit,
	"speed-limit-clear": (*vehicle.Vehicle).ClearSpeedLimitPIN, "rename": (*vehicle.Vehicle).SetVehicleName,
}

// planned take more words than one.
var planned = map[string]command{
	"plan-charge": func(ctx context.Context, p *peer, words []string) (any, error) {
		numbers, err := numbersOf(words, 3)
		if err != nil {
			return nil, err
		}
		return nil, p.car.AddChargeSchedule(ctx, &vehicle.ChargeSchedule{
			Id: uint64(numbers[0]), DaysOfWeek: everyday, Enabled: true, StartEnabled: true, StartTime: int32(numbers[1]), EndEnabled: true, EndTime: int32(numbers[2]), Latitude: latitude, Longitude: longitude,
		})
	},
	"plan-climate": func(ctx context.Context, p *peer, words []string) (any, error) {
		numbers, err := numbersOf(words, 2)
		if err != nil {
			return nil, err
		}
		return nil, p.car.AddPreconditionSchedule(ctx, &vehicle.PreconditionSchedule{
			Id: uint64(numbers[0]), DaysOfWeek: everyday, Enabled: true, OneTime: true, PreconditionTime: int32(numbers[1]), Latitude: latitude, Longitude: longitude,
		})
	},
	"forget-plans": func(ctx context.Context, p *peer, _ []string) (any, error) {
		if err := p.car.BatchRemoveChargeSchedules(ctx, true, true, true); err != nil {
			return nil, err
		}
		return nil, p.car.BatchRemovePreconditionSchedules(ctx, true, true, true)
	},
	"seat-heater": func(ctx context.Context, p *peer, words []string) (any, error) {
		seat, level, err := seatAndLevel(words)
		if err != nil {
			return nil, err
		}
		return nil, p.car.SetSeatHeater(ctx, map[vehicle.SeatPosition]vehicle.Level{seat: level})
	},
	"seat-cooler": func(ctx context.Context, p *peer, words []string) (any, error) {
		seat, level, err := seatAndLevel(words)
		if err != nil {
			return nil, err
		}
		return nil, p.car.SetSeatCooler(ctx, level, seat)
	},
	"overheat-from": func(ctx context.Context, p *peer, words []string) (any, error) {
		level, err := choose(levels, words, "")
		if err != nil {
			return nil, err
		}
		return nil, p.car.SetCabinOverheatProtectionTemperature(ctx, level)
	},
	"climate-keeper": func(ctx context.Context, p *peer, words []string) (any, error) {
		mode, err := choose(keepers, words, "")
		if err != nil {
			return nil, err
		}
		return nil, p.car.SetClimateKeeperMode(ctx, mode, false)
	},
	"homelink": func(ctx context.Context, p *peer, _ []string) (any, error) {
		return nil, p.car.TriggerHomelink(ctx, latitude, longitude)
	},
	"charge-at-off": func(ctx context.Context, p *peer, _ []string) (any, error) {
		return nil, p.car.ScheduleCharging(ctx, false, 0)
	},
}

// systems are the orders to a vehicle's comfort systems.
func systems(ctx context.Context, p *peer, name string, words []string) (any, bool, error) {
	if act, known := switches[name]; known {
		on, err := choose(onOff, words, "")
		if err != nil {
			return nil, true, err
		}
		return nil, true, act(p.car, ctx, on)
	}
	if act, known := numbered[name]; known {
		n, err := number(words, 1<<31-1)
		if err != nil {
			return nil, true, err
		}
		return nil, true, act(p.car, ctx, n)
	}
	if act, known := pinned[name]; known {
		if len(words) != 1 {
			return nil, true, errWords
		}
		return nil, true, act(p.car, ctx, words[0])
	}
	if act, known := planned[name]; known {
		found, err := act(ctx, p, words)
		return found, true, err
	}
	return nil, false, nil
}

func systemNames() []string {
	var all []string
	for name := range switches {
		all = append(all, name)
	}
	for name := range numbered {
		all = append(all, name)
	}
	for name := range pinned {
		all = append(all, name)
	}
	for name := range planned {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

func seatAndLevel(words []string) (vehicle.SeatPosition, vehicle.Level, error) {
	if len(words) != 2 {
		return 0, 0, errWords
	}
	seat, err := choose(seats, words[:1], "")
	if err != nil {
		return 0, 0, err
	}
	level, err := choose(levels, words[1:], "")
	return seat, level, err
}

func numbersOf(words []string, count int) ([]int, error) {
	if len(words) != count {
		return nil, errWords
	}
	numbers := make([]int, count)
	for index, word := range words {
		value, err := strconv.Atoi(word)
		if err != nil || value < 0 {
			return nil, fmt.Errorf("%q is no whole number from 0", word)
		}
		numbers[index] = value
	}
	return numbers, nil
}
