# Everything here sets up what it needs on Debian and Ubuntu, given a Swift toolchain.

SHELL := /bin/bash
SWIFT ?= swift
CONFIGURATION ?= debug
PREFIX ?= /usr/local
DESTDIR ?=

bin := .build/$(CONFIGURATION)
# Tests reach internal declarations, which a release build hides otherwise. With the same flags, lab builds nothing anew.
testable := $(if $(filter release,$(CONFIGURATION)),-Xswiftc -enable-testing)

# Storages block threads of their own, of which the system gives a process 255 at most: all tests at once can use them up.
at_once := --experimental-maximum-parallelization-width 16

build_packages := libmtp-dev libusb-1.0-0-dev libsqlite3-dev pkg-config
test_packages := mtp-tools jmtpfs time ntfs-3g rsync systemd zsh fish python3-jsonschema man-db
lab_packages := qemu-system-x86 busybox-static cpio zstd xz-utils kmod umtp-responder mtp-tools strace udev systemd \
  dosfstools exfatprogs e2fsprogs ntfs-3g samba cifs-utils attr

.PHONY: build test shuffled demo torture soak load sanitize fuzz device-table docs lab bench lint format install uninstall clean set-up

build: set-up
	$(SWIFT) build -c $(CONFIGURATION)

test: set-up
	scripts/install-packages $(test_packages)
	$(SWIFT) build -c $(CONFIGURATION) --build-tests $(testable)
	$(SWIFT) test -c $(CONFIGURATION) --skip-build --disable-xctest $(testable) $(at_once)

# The tests again, in two orders of chance: `make shuffled SEEDS="1 2"` repeats two.
SEEDS ?=
shuffled: set-up
	scripts/install-packages $(test_packages)
	$(SWIFT) build --build-tests
	scripts/shuffled $(SEEDS)

# A sync without hardware: a virtual phone with photos made on the spot.
demo: build
	BIN=$(bin) demo/run

# What `make test` takes samples of: 2,000 random trees through every pair of devices, every fault at every transaction of
# a sync, and the program killed at every moment of every command. It takes many hours: `make torture SHARD=1/8` does an
# eighth, and which faults are done is noted in .build/torture, from where it goes on.
SHARD ?= 1/1
torture: set-up
	$(SWIFT) build --build-tests
	scripts/torture $(SHARD)

# Random changes, faults, kills and commands, with the trees held against a model after each run. It notes in .build/soak
# what is done, and goes on from there.
SOAK_SECONDS ?= 3600
SOAK_SEED ?= 1
soak: set-up
	$(SWIFT) build --build-tests
	scripts/soak $(SOAK_SECONDS) $(SOAK_SEED)

# Time, memory and transactions for 20,000 files in one folder, 100,000 in 2,000 folders, and a file of 8 GiB; of 100 GiB
# with LOAD=huge.
LOAD ?= one-folder folders large
load: set-up
	scripts/install-packages time
	$(SWIFT) build -c release
	LOAD="$(LOAD)" scripts/load .build/release

# The tests, and the programs that they start, with AddressSanitizer and its search for leaks, then with ThreadSanitizer.
# Each is a build of its own.
SANITIZERS ?= address thread
sanitize: set-up
	scripts/install-packages $(test_packages)
	for sanitizer in $(SANITIZERS); do scripts/sanitize $$sanitizer || exit 1; done

# Feeds what a device says from a fuzzer, to the decoders and to whole sessions, for FUZZ_SECONDS each:
# make fuzz FUZZ_TARGETS=decoders FUZZ_SECONDS=3600. `make test` repeats what it came to.
FUZZ_TARGETS ?= decoders session
FUZZ_SECONDS ?= 60
fuzz: set-up
	for target in $(FUZZ_TARGETS); do Fuzzing/run $$target -max_total_time=$(FUZZ_SECONDS) || exit 1; done

# Writes README's table of what each kind of device keeps, from runs of the program.
device-table: set-up
	$(SWIFT) build --build-tests
	FILESYNC_WRITE_TABLE=1 $(SWIFT) test --skip-build --disable-xctest --filter DeviceTableTests

# The library's documentation, in .build/docs: serve that folder, and open documentation/filesync.
docs: build
	BIN=$(bin) scripts/docs

# End-to-end tests on a real kernel's USB stack, in a virtual machine.
lab: set-up
	scripts/install-packages $(lab_packages)
	$(SWIFT) build -c release --product filesync
	$(SWIFT) build -c release --product virtual-mtp
	BIN=.build/release lab/all

# The speed against that of libmtp's programs and android-file-transfer, in the same machine.
bench: set-up
	scripts/install-packages $(lab_packages) android-file-transfer
	$(SWIFT) build -c release --product filesync
	lab/run lab/bench $(CURDIR)/.build/release
	VM_TIMEOUT=900 lab/run lab/bench-upload $(CURDIR)/.build/release

lint:
	$(SWIFT) format lint --strict -r Sources Tests Fuzzing Package.swift

format:
	$(SWIFT) format -i -r Sources Tests Fuzzing Package.swift

# Builds as the user; install it as root: make build CONFIGURATION=release && sudo make install
install:
	PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) BIN=.build/release scripts/install

uninstall:
	PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) scripts/uninstall

clean:
	rm -rf .build

set-up:
	@command -v $(firstword $(SWIFT)) >/dev/null || { echo "No Swift toolchain: see https://www.swift.org/install" >&2; exit 1; }
	@scripts/install-packages $(build_packages)
