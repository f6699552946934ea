/* Descriptors, read from the bytes in the bus's directory. */

#include "standin.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

int libusb_get_device_descriptor(libusb_device *device, struct libusb_device_descriptor *result) {
  memcpy(result, device->descriptors, LIBUSB_DT_DEVICE_SIZE);
  result->bcdUSB = le16toh(result->bcdUSB);
  result->idVendor = le16toh(result->idVendor);
  result->idProduct = le16toh(result->idProduct);
  result->bcdDevice = le16toh(result->bcdDevice);
  return LIBUSB_SUCCESS;
}

/* Appends one item to an array of `*count` items. Returns the item, zeroed, or NULL. */
static void *append(const void *array, size_t item, size_t count) {
  char *longer = realloc((void *)array, (count + 1) * item);
  return longer ? memset(longer + count * item, 0, item) - count * item : NULL;
}

static struct libusb_interface_descriptor *add_interface(
    struct libusb_config_descriptor *config, const uint8_t *bytes) {
  struct libusb_interface *all = (struct libusb_interface *)config->interface;
  struct libusb_interface *one = NULL;
  /* Alternate settings of one interface follow each other. */
  if (config->bNumInterfaces > 0 && all[config->bNumInterfaces - 1].altsetting->bInterfaceNumber == bytes[2]) {
    one = &all[config->bNumInterfaces - 1];
  } else {
    all = append(all, sizeof *all, config->bNumInterfaces);
    if (!all)
      return NULL;
    config->interface = all;
    one = &all[config->bNumInterfaces++];
  }
  struct libusb_interface_descriptor *settings =
      append(one->altsetting, sizeof *settings, (size_t)one->num_altsetting);
  if (!settings)
    return NULL;
  one->altsetting = settings;
  settings += one->num_altsetting++;
  memcpy(settings, bytes, LIBUSB_DT_INTERFACE_SIZE);
  settings->bNumEndpoints = 0;
  return settings;
}

static bool add_endpoint(struct libusb_interface_descriptor *setting, const uint8_t *bytes) {
  struct libusb_endpoint_descriptor *endpoints =
      append(setting->endpoint, sizeof *endpoints, setting->bNumEndpoints);
  if (!endpoints)
    return false;
  setting->endpoint = endpoints;
  endpoints += setting->bNumEndpoints++;
  memcpy(endpoints, bytes, LIBUSB_DT_ENDPOINT_SIZE);
  endpoints->wMaxPacketSize = le16toh(endpoints->wMaxPacketSize);
  return true;
}

int libusb_get_config_descriptor(libusb_device *device, uint8_t index, struct libusb_config_descriptor **result) {
  const uint8_t *at = device->descriptors + LIBUSB_DT_DEVICE_SIZE;
  const uint8_t *end = device->descriptors + device->descriptors_length;
  if (index > 0 || end - at < LIBUSB_DT_CONFIG_SIZE)
    return LIBUSB_ERROR_NOT_FOUND;
  struct libusb_config_descriptor *config = calloc(1, sizeof *config);
  if (!config)
    return LIBUSB_ERROR_NO_MEM;
  memcpy(config, at, LIBUSB_DT_CONFIG_SIZE);
  config->wTotalLength = le16toh(config->wTotalLength);
  config->bNumInterfaces = 0;
  struct libusb_interface_descriptor *setting = NULL;
  for (at += LIBUSB_DT_CONFIG_SIZE; end - at >= 2 && at[0] >= 2 && at[0] <= end - at; at += at[0]) {
    bool done = true;
    if (at[1] == LIBUSB_DT_INTERFACE && at[0] >= LIBUSB_DT_INTERFACE_SIZE)
      done = (setting = add_interface(config, at)) != NULL;
    else if (at[1] == LIBUSB_DT_ENDPOINT && at[0] >= LIBUSB_DT_ENDPOINT_SIZE && setting)
      done = add_endpoint(setting, at);
    if (!done) {
      libusb_free_config_descriptor(config);
      return LIBUSB_ERROR_NO_MEM;
    }
  }
  *result = config;
  return LIBUSB_SUCCESS;
}

/* As libusb (1.0.26) does, it asks the kernel each time: a device that goes loses its configuration first. */
int libusb_get_active_config_descriptor(libusb_device *device, struct libusb_config_descriptor **result) {
  long value = configuration_value(device);
  if (value < 0)
    return LIBUSB_ERROR_NO_DEVICE;
  return value == 0 ? LIBUSB_ERROR_NOT_FOUND : libusb_get_config_descriptor(device, 0, result);
}

int libusb_get_config_descriptor_by_value(
    libusb_device *device, uint8_t value, struct libusb_config_descriptor **result) {
  return value == 1 ? libusb_get_config_descriptor(device, 0, result) : LIBUSB_ERROR_NOT_FOUND;
}

void libusb_free_config_descriptor(struct libusb_config_descriptor *config) {
  if (!config)
    return;
  for (int i = 0; i < config->bNumInterfaces; i++) {
    const struct libusb_interface *one = &config->interface[i];
    for (int j = 0; j < one->num_altsetting; j++)
      free((void *)one->altsetting[j].endpoint);
    free((void *)one->altsetting);
  }
  free((void *)config->interface);
  free(config);
}

const struct libusb_endpoint_descriptor *find_endpoint(const struct libusb_config_descriptor *config, uint8_t address) {
  for (int i = 0; i < config->bNumInterfaces; i++) {
    const struct libusb_interface *one = &config->interface[i];
    for (int j = 0; j < one->num_altsetting; j++)
      for (int k = 0; k < one->altsetting[j].bNumEndpoints; k++)
        if (one->altsetting[j].endpoint[k].bEndpointAddress == address)
          return &one->altsetting[j].endpoint[k];
  }
  return NULL;
}

int libusb_get_max_packet_size(libusb_device *device, unsigned char endpoint) {
  struct libusb_config_descriptor *config;
  if (libusb_get_config_descriptor(device, 0, &config) != LIBUSB_SUCCESS)
    return LIBUSB_ERROR_OTHER;
  const struct libusb_endpoint_descriptor *found = find_endpoint(config, endpoint);
  int size = found ? found->wMaxPacketSize & 0x7FF : LIBUSB_ERROR_NOT_FOUND;
  libusb_free_config_descriptor(config);
  return size;
}

int libusb_get_configuration(libusb_device_handle *handle, int *configuration) {
  if (handle->gone)
    return LIBUSB_ERROR_NO_DEVICE;
  *configuration = 1;
  return LIBUSB_SUCCESS;
}

int libusb_get_string_descriptor_ascii(libusb_device_handle *handle, uint8_t index, unsigned char *text, int room) {
  uint8_t bytes[255];
  if (index == 0 || room <= 0)
    return LIBUSB_ERROR_INVALID_PARAM;
  int count = libusb_get_string_descriptor(handle, 0, 0, bytes, sizeof bytes);
  if (count < 0)
    return count;
  if (count < 4)
    return LIBUSB_ERROR_IO;
  uint16_t language = (uint16_t)(bytes[2] | bytes[3] << 8);
  count = libusb_get_string_descriptor(handle, index, language, bytes, sizeof bytes);
  if (count < 0)
    return count;
  if (count < 2 || bytes[1] != LIBUSB_DT_STRING || bytes[0] > count)
    return LIBUSB_ERROR_IO;
  int written = 0;
  for (int at = 2; at + 1 < bytes[0] && written < room - 1; at += 2)
    text[written++] = bytes[at + 1] != 0 || bytes[at] >= 0x80 ? '?' : bytes[at];
  text[written] = 0;
  return written;
}
