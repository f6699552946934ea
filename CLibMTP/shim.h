/* libmtp and libusb for Swift. What Swift cannot import (macros, private prefixes) is wrapped here. */
#ifndef CLIBMTP_SHIM_H
#define CLIBMTP_SHIM_H

#include <libmtp.h>
#include <libusb-1.0/libusb.h>

/* The beginning of libmtp's private PTP_USB, which LIBMTP_mtpdevice_t.usbinfo points at. The same in every
   libmtp release checked, 1.1.6 to 1.1.23. Never trusted unproven: see MTPStorage/DeviceHandle.swift. */
typedef struct {
  void *params;
  libusb_device_handle *handle;
} clibmtp_usb_prefix;

/* The flag of a transfer that has ended. The callback that sets it may run on another thread, and what the transfer brought
   has to be seen with it: libusb (1.0.26) reads it under its own locks, Swift without them. */
static inline void clibmtp_set(int *flag) { __atomic_store_n(flag, 1, __ATOMIC_RELEASE); }
static inline int clibmtp_is_set(const int *flag) { return __atomic_load_n(flag, __ATOMIC_ACQUIRE) != 0; }

#endif
