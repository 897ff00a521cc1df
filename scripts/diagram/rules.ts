/** What the tables mean, in the words of somebody who stands at the car. Stands in docs/lock-states.md above the diagrams. */
export const RULES_IN_WORDS = `# The lock, state by state

The diagrams and tables below are printed from the tables that the firmware runs (\`firmware/lock/latch.ts\`, \`vehicle.ts\`,
\`drive.ts\`). Change those, then run \`node dist/scripts/diagram/main.js --write\`; a test fails while this page says otherwise.

## The rules in words

- **The inside handle always opens.** Pulling it drives that latch to unlocked in every state, mode and supply stage, unless it is
  unlocked or on its way already. Nothing switches this off. It also stops a timer that was about to lock.
- **Unlocking** needs an authorisation made by the access decision. *Cabin* is every latch but the trunks, *trunk* is trunk and
  front trunk. Refused while the car moves under its own power (\`inMotion\`); a towed car can be unlocked. On the reserve
  (\`lowSupply\`) the trunk stays shut: the reserve pays for one way in.
- **Locking** presses every latch. Refused with a door, trunk or hood open (\`doorOpen\`), with a key in the cabin (\`keyInside\`),
  and on the reserve (\`lowSupply\`). An open charge port holds a cable and keeps nothing open.
- **A forced lock** takes no notice of open doors and keys inside, but never spends the reserve. With a door open it locks the
  closed ones; the open one stays unlocked, also after it closes, and the car does not say *locked*: give the order again. With
  everything open it is refused (\`doorOpen\`).
- **A latch** gets as many attempts as its description says, each with its own end stop, stall or time-out. Then it is *jammed*,
  which means that it may stand anywhere. An attempt to lock is not repeated once a door has opened, a key has come inside or the
  supply has fallen. What a latch reports without being asked is believed: a mechanical key, or a thief's tool; it is logged.
  A latch that cannot report ends *unconfirmed*.
- **Auto-relock**: unlocked by a key and no door opened for the set time. Not with a key inside, below the supply limit or while the
  drive runs; a refusal is logged with its reason.
- **Walk-away lock**, if enabled: some time after the last key has left. Not with a door open, somebody or a key inside, the drive
  running, or below the supply limit. A refusal is logged, and it is tried again when one of these hindrances goes. Losing a
  key's radio link counts as leaving and has no other effect: it never locks at once and never immobilises.
- **Supply stages**: *normal*, *warn*, *noAutoLock* (the car locks no more by itself), *reserve* (only unlocking the cabin and
  the inside handles are powered). They fall at once and rise 200 mV above their limit.
- **The drive** is apart from the locks. An authorisation waits for the start for the set time and lasts as long after the stop. While
  the car runs or rolls nothing withdraws it. A controller that restarts on the road leaves the immobiliser as it stands until
  the car has stopped.
- **A crash** counts from the one wired input with its configured pattern, while the drive is authorised or was within the set time. It
  unlocks every door, also in motion, leaves the immobiliser alone and is logged; then nothing locks until somebody orders it.
  A controller that restarted on the road counts a crash again only after the next drive authorisation; the inside handles work.
- **Valet mode** refuses the trunk and limits the drive. When it begins, an unlimited authorisation ends: at once if the car
  stands, at the stop if it is in use. When it ends, nothing widens before the next authorisation.
- **After a restart** latches are *unknown* until they report; orders drive them all the same. Doors that were never reported
  count as closed, so a board reports each of its sensors once after the start.
`;
