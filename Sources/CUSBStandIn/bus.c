/* Which devices are plugged in, read from the bus's directory as libusb reads the real /sys. */

#include "standin.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads a device's attribute. Returns how many bytes it has, -1 if it is not there. */
static ssize_t read_attribute(const char *bus, const char *port, const char *attribute, void *buffer, size_t size) {
  char path[4096];
  snprintf(path, sizeof path, "%s/sys/bus/usb/devices/%s/%s", bus, port, attribute);
  FILE *file = fopen(path, "re");
  if (!file)
    return -1;
  size_t count = fread(buffer, 1, size, file);
  fclose(file);
  return (ssize_t)count;
}

static long read_number(const char *bus, const char *port, const char *attribute) {
  char text[32];
  ssize_t count = read_attribute(bus, port, attribute, text, sizeof text - 1);
  if (count <= 0)
    return -1;
  text[count] = 0;
  return strtol(text, NULL, 10);
}

long configuration_value(const libusb_device *device) {
  char text[32] = "";
  if (read_attribute(device->context->bus, device->port, "bConfigurationValue", text, sizeof text - 1) < 0)
    return -1;
  return strtol(text, NULL, 10);
}

static int speed_of(long megabits) {
  switch (megabits) {
  case 12:
    return LIBUSB_SPEED_FULL;
  case 480:
    return LIBUSB_SPEED_HIGH;
  case 5000:
    return LIBUSB_SPEED_SUPER;
  default:
    return LIBUSB_SPEED_UNKNOWN;
  }
}

/* The device on `port`, referred to once more; NULL if it is not all there. `context->lock` is held. */
static struct libusb_device *find_device(struct libusb_context *context, const char *port) {
  long bus = read_number(context->bus, port, "busnum"), address = read_number(context->bus, port, "devnum");
  if (bus < 1 || bus > 255 || address < 1 || address > 127)
    return NULL;
  unsigned char descriptors[4096];
  ssize_t length = read_attribute(context->bus, port, "descriptors", descriptors, sizeof descriptors);
  if (length < LIBUSB_DT_DEVICE_SIZE)
    return NULL;
  long longest_wait = read_number(context->bus, port, "longest_wait");
  /* Addresses are used again, and libmtp keeps references: one device must not pass for another. */
  for (struct libusb_device *device = context->devices; device; device = device->next)
    if (device->bus == bus && device->address == address && strcmp(device->port, port) == 0 &&
        device->descriptors_length == (size_t)length && memcmp(device->descriptors, descriptors, (size_t)length) == 0) {
      device->references += 1;
      /* Another of the same kind may have this address now. */
      device->longest_wait = longest_wait;
      return device;
    }
  struct libusb_device *device = calloc(1, sizeof *device);
  if (!device)
    return NULL;
  device->descriptors = malloc((size_t)length);
  if (!device->descriptors) {
    free(device);
    return NULL;
  }
  memcpy(device->descriptors, descriptors, (size_t)length);
  device->descriptors_length = (size_t)length;
  device->context = context;
  device->references = 1;
  device->bus = (uint8_t)bus;
  device->address = (uint8_t)address;
  /* Its length was looked at when the folder was listed. */
  memcpy(device->port, port, strlen(port) + 1);
  device->speed = speed_of(read_number(context->bus, port, "speed"));
  device->longest_wait = longest_wait;
  device->next = context->devices;
  context->devices = device;
  return device;
}

ssize_t libusb_get_device_list(libusb_context *context, libusb_device ***result) {
  context = context_or_default(context);
  size_t count = 0, room = 8;
  libusb_device **list = calloc(room, sizeof *list);
  if (!list)
    return LIBUSB_ERROR_NO_MEM;
  char path[4096];
  snprintf(path, sizeof path, "%s/sys/bus/usb/devices", context->bus ? context->bus : "");
  DIR *folder = context->bus ? opendir(path) : NULL;
  struct dirent *entry;
  while (folder && (entry = readdir(folder))) {
    /* Names of interfaces have a colon; those that are still being made begin with a dot. */
    if (entry->d_name[0] == '.' || strchr(entry->d_name, ':') || strlen(entry->d_name) >= sizeof list[0]->port)
      continue;
    if (count + 1 == room) {
      libusb_device **longer = realloc(list, 2 * room * sizeof *list);
      if (!longer)
        break;
      list = longer;
      room *= 2;
    }
    pthread_mutex_lock(&context->lock);
    libusb_device *device = find_device(context, entry->d_name);
    pthread_mutex_unlock(&context->lock);
    if (device)
      list[count++] = device;
  }
  if (folder)
    closedir(folder);
  list[count] = NULL;
  *result = list;
  return (ssize_t)count;
}

void libusb_free_device_list(libusb_device **list, int unref_devices) {
  if (!list)
    return;
  for (size_t i = 0; unref_devices && list[i]; i++)
    libusb_unref_device(list[i]);
  free(list);
}

libusb_device *libusb_ref_device(libusb_device *device) {
  pthread_mutex_lock(&device->context->lock);
  device->references += 1;
  pthread_mutex_unlock(&device->context->lock);
  return device;
}

void libusb_unref_device(libusb_device *device) {
  if (!device)
    return;
  struct libusb_context *context = device->context;
  if (context)
    pthread_mutex_lock(&context->lock);
  bool last = --device->references == 0;
  if (last && context) {
    struct libusb_device **place = &context->devices;
    while (*place != device)
      place = &(*place)->next;
    *place = device->next;
  }
  if (context)
    pthread_mutex_unlock(&context->lock);
  if (last) {
    free(device->descriptors);
    free(device);
  }
}

uint8_t libusb_get_bus_number(libusb_device *device) { return device->bus; }

uint8_t libusb_get_device_address(libusb_device *device) { return device->address; }

int libusb_get_device_speed(libusb_device *device) { return device->speed; }

libusb_device *libusb_get_parent(libusb_device *device) {
  (void)device;
  return NULL;
}

int libusb_get_port_numbers(libusb_device *device, uint8_t *numbers, int room) {
  if (room <= 0)
    return LIBUSB_ERROR_INVALID_PARAM;
  int count = 0;
  /* "1-4.2": bus 1, port 4 of its root hub, port 2 of the hub there. */
  for (const char *at = strpbrk(device->port, "-."); at; at = strpbrk(at + 1, ".")) {
    if (count == room)
      return LIBUSB_ERROR_OVERFLOW;
    numbers[count++] = (uint8_t)strtol(at + 1, NULL, 10);
  }
  return count;
}

uint8_t libusb_get_port_number(libusb_device *device) {
  uint8_t numbers[7];
  int count = libusb_get_port_numbers(device, numbers, sizeof numbers);
  return count > 0 ? numbers[count - 1] : 0;
}
