"""tesla_fleet_api, unchanged, as a program: a command a line, an answer in JSON a line.

    attach HOST:PORT            attaches to the car there, in place of a search over Bluetooth
    detach                      ends the link
    NAME [{"of": "arguments"}]  calls that method of the library's VehicleBluetooth
"""

import argparse
import asyncio
import json
import logging
import sys

from bleak.backends.device import BLEDevice
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from tesla_fleet_api import const
from tesla_fleet_api.exceptions import TeslaFleetError
from tesla_fleet_api.tesla import TeslaBluetooth
from tesla_fleet_api.tesla.vehicle import bluetooth

from radio import SocketClient

bluetooth.BleakClient = SocketClient


async def run(vehicle, command):
    name, _, rest = command.partition(" ")
    if name == "attach":
        vehicle.set_device(BLEDevice(rest, vehicle.ble_name, None))
        return await vehicle.connect(max_attempts=1)
    if name == "detach":
        return await vehicle.disconnect()
    arguments = json.loads(rest) if rest else {}
    if name == "vehicle_data":
        arguments["endpoints"] = [const.BluetoothVehicleData(endpoint) for endpoint in arguments["endpoints"]]
    return await getattr(vehicle, name)(**arguments)


def plain(answer):
    if isinstance(answer, Message):
        return MessageToDict(answer, preserving_proto_field_name=True)
    if isinstance(answer, dict):
        return {key: plain(value) for key, value in answer.items()}
    return answer


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--vin", required=True)
    parser.add_argument("--key", required=True, help="a P-256 key in PEM; made where there is none")
    options = parser.parse_args()
    # Standard output is the answers' alone.
    logging.basicConfig(stream=sys.stderr, level=logging.ERROR)
    tesla = TeslaBluetooth()
    vehicle = tesla.vehicles.create(options.vin, await tesla.get_private_key(options.key))
    loop = asyncio.get_running_loop()
    while command := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        outcome = {"command": command}
        try:
            outcome |= {"ok": True, "answer": plain(await run(vehicle, command))}
        except (Exception, TeslaFleetError) as error:
            # Whatever the library makes of the car's answer is what the tests are about; its own errors are no Exceptions.
            outcome |= {"ok": False, "error": type(error).__name__, "detail": str(error)}
        print(json.dumps(outcome), flush=True)


asyncio.run(main())
