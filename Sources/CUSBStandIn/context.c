/* Contexts, and what libusb says of itself. */

#include "standin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static pthread_mutex_t default_lock = PTHREAD_MUTEX_INITIALIZER;
static struct libusb_context *default_context;

struct libusb_context *context_or_default(struct libusb_context *context) {
  if (context)
    return context;
  pthread_mutex_lock(&default_lock);
  context = default_context;
  pthread_mutex_unlock(&default_lock);
  return context;
}

static struct libusb_context *make_context(void) {
  struct libusb_context *context = calloc(1, sizeof *context);
  if (!context)
    return NULL;
  context->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (context->wake < 0) {
    free(context);
    return NULL;
  }
  /* Read once: other threads may change the environment later. */
  const char *bus = getenv(VIRTUAL_USB_BUS);
  context->bus = bus && *bus ? strdup(bus) : NULL;
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&context->changed, &attributes);
  pthread_condattr_destroy(&attributes);
  pthread_mutex_init(&context->lock, NULL);
  context->users = 1;
  return context;
}

int libusb_init(libusb_context **result) {
  if (result) {
    *result = make_context();
    return *result ? LIBUSB_SUCCESS : LIBUSB_ERROR_NO_MEM;
  }
  pthread_mutex_lock(&default_lock);
  if (default_context)
    default_context->users += 1;
  else
    default_context = make_context();
  int status = default_context ? LIBUSB_SUCCESS : LIBUSB_ERROR_NO_MEM;
  pthread_mutex_unlock(&default_lock);
  return status;
}

/* Of libusb 1.0.27, which the header here may not know yet; the options are about logging and hotplug. */
int libusb_init_context(libusb_context **result, const void *options, int count);
int libusb_init_context(libusb_context **result, const void *options, int count) {
  (void)options, (void)count;
  return libusb_init(result);
}

void libusb_exit(libusb_context *context) {
  if (!context) {
    pthread_mutex_lock(&default_lock);
    context = default_context;
    if (context && --context->users > 0)
      context = NULL;
    if (context)
      default_context = NULL;
    pthread_mutex_unlock(&default_lock);
    if (!context)
      return;
  }
  while (context->handles)
    libusb_close(context->handles);
  pthread_mutex_lock(&context->lock);
  /* Devices that the program still refers to outlive the context, but not their place in its list. */
  for (struct libusb_device *device = context->devices; device; device = device->next)
    device->context = NULL;
  pthread_mutex_unlock(&context->lock);
  pthread_cond_destroy(&context->changed);
  pthread_mutex_destroy(&context->lock);
  close(context->wake);
  free(context->bus);
  free(context);
}

int libusb_set_option(libusb_context *context, enum libusb_option option, ...) {
  (void)context;
  return option == LIBUSB_OPTION_LOG_LEVEL ? LIBUSB_SUCCESS : LIBUSB_ERROR_NOT_SUPPORTED;
}

void libusb_set_debug(libusb_context *context, int level) { (void)context, (void)level; }

void libusb_set_log_cb(libusb_context *context, libusb_log_cb callback, int mode) {
  (void)context, (void)callback, (void)mode;
}

int libusb_setlocale(const char *locale) {
  (void)locale;
  return LIBUSB_SUCCESS;
}

/* Hotplug is not offered, so programs look at the device list again. */
int libusb_has_capability(uint32_t capability) {
  return capability == LIBUSB_CAP_HAS_CAPABILITY || capability == LIBUSB_CAP_SUPPORTS_DETACH_KERNEL_DRIVER;
}

const struct libusb_version *libusb_get_version(void) {
  static const struct libusb_version version = {1, 0, 26, 0, "-virtual", "virtual USB bus"};
  return &version;
}

static const struct {
  int code;
  const char *name, *text;
} errors[] = {
  {LIBUSB_SUCCESS, "LIBUSB_SUCCESS", "Success"},
  {LIBUSB_ERROR_IO, "LIBUSB_ERROR_IO", "Input/Output Error"},
  {LIBUSB_ERROR_INVALID_PARAM, "LIBUSB_ERROR_INVALID_PARAM", "Invalid parameter"},
  {LIBUSB_ERROR_ACCESS, "LIBUSB_ERROR_ACCESS", "Access denied (insufficient permissions)"},
  {LIBUSB_ERROR_NO_DEVICE, "LIBUSB_ERROR_NO_DEVICE", "No such device (it may have been disconnected)"},
  {LIBUSB_ERROR_NOT_FOUND, "LIBUSB_ERROR_NOT_FOUND", "Entity not found"},
  {LIBUSB_ERROR_BUSY, "LIBUSB_ERROR_BUSY", "Resource busy"},
  {LIBUSB_ERROR_TIMEOUT, "LIBUSB_ERROR_TIMEOUT", "Operation timed out"},
  {LIBUSB_ERROR_OVERFLOW, "LIBUSB_ERROR_OVERFLOW", "Overflow"},
  {LIBUSB_ERROR_PIPE, "LIBUSB_ERROR_PIPE", "Pipe error"},
  {LIBUSB_ERROR_INTERRUPTED, "LIBUSB_ERROR_INTERRUPTED", "System call interrupted (perhaps due to signal)"},
  {LIBUSB_ERROR_NO_MEM, "LIBUSB_ERROR_NO_MEM", "Insufficient memory"},
  {LIBUSB_ERROR_NOT_SUPPORTED, "LIBUSB_ERROR_NOT_SUPPORTED",
   "Operation not supported or unimplemented on this platform"},
  {LIBUSB_ERROR_OTHER, "LIBUSB_ERROR_OTHER", "Other error"},
};

const char *libusb_error_name(int code) {
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    if (errors[i].code == code)
      return errors[i].name;
  return "**UNKNOWN**";
}

const char *libusb_strerror(int code) {
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    if (errors[i].code == code)
      return errors[i].text;
  return "Other error";
}
