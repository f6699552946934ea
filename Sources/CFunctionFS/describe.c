#include "functionfs.h"

#include <endian.h>
#include <errno.h>
#include <linux/usb/ch9.h>
#include <string.h>
#include <unistd.h>

/* One setting, without and with the companions that endpoints have at SuperSpeed. */
struct setting {
  struct usb_interface_descriptor interface;
  struct usb_endpoint_descriptor_no_audio endpoints[3];
} __attribute__((packed));

struct super_speed_setting {
  struct usb_interface_descriptor interface;
  struct {
    struct usb_endpoint_descriptor_no_audio endpoint;
    struct usb_ss_ep_comp_descriptor companion;
  } __attribute__((packed)) endpoints[3];
} __attribute__((packed));

struct descriptors {
  struct usb_functionfs_descs_head_v2 head;
  __le32 full_speed_count, high_speed_count, super_speed_count;
  struct setting full_speed, high_speed;
  struct super_speed_setting super_speed;
} __attribute__((packed));

static void fill_interface(struct usb_interface_descriptor *to, const struct functionfs_interface *interface) {
  to->bLength = sizeof *to;
  to->bDescriptorType = USB_DT_INTERFACE;
  to->bNumEndpoints = 3;
  to->bInterfaceClass = interface->class_;
  to->bInterfaceSubClass = interface->subclass;
  to->bInterfaceProtocol = interface->protocol;
  to->iInterface = interface->name[0] ? 1 : 0;
}

/* The endpoint of that number, from 0, in the order in which their files are counted. */
static void fill_endpoint(struct usb_endpoint_descriptor_no_audio *to, const struct functionfs_interface *interface,
                          int number, enum usb_device_speed speed) {
  const uint8_t addresses[] = {interface->bulk_in, interface->bulk_out, interface->interrupt_in};
  bool is_bulk = number < 2;
  uint16_t bulk = speed == USB_SPEED_SUPER ? 1024 : speed == USB_SPEED_HIGH ? 512 : 64;
  to->bLength = sizeof *to;
  to->bDescriptorType = USB_DT_ENDPOINT;
  to->bEndpointAddress = addresses[number];
  to->bmAttributes = is_bulk ? USB_ENDPOINT_XFER_BULK : USB_ENDPOINT_XFER_INT;
  to->wMaxPacketSize = htole16(is_bulk ? bulk : interface->event_packet_size);
  /* Milliseconds at full speed, else the exponent of a number of 125 us: a few milliseconds in either. */
  to->bInterval = is_bulk ? 0 : 6;
}

static void fill_setting(struct setting *to, const struct functionfs_interface *interface,
                         enum usb_device_speed speed) {
  fill_interface(&to->interface, interface);
  for (int number = 0; number < 3; number++)
    fill_endpoint(&to->endpoints[number], interface, number, speed);
}

static int write_all(int ep0, const void *bytes, size_t count) {
  ssize_t written = write(ep0, bytes, count);
  if (written < 0)
    return -errno;
  return (size_t)written == count ? 0 : -EIO;
}

static int write_strings(int ep0, const char *name) {
  struct {
    struct usb_functionfs_strings_head head;
    __le16 language;
    char text[127];
  } __attribute__((packed)) strings = {0};
  size_t length = strlen(name) + 1;
  if (length > sizeof strings.text)
    return -ENAMETOOLONG;
  bool has_name = length > 1;
  size_t size = has_name ? offsetof(__typeof__(strings), text) + length : sizeof strings.head;
  strings.head.magic = htole32(FUNCTIONFS_STRINGS_MAGIC);
  strings.head.length = htole32(size);
  strings.head.str_count = htole32(has_name ? 1 : 0);
  strings.head.lang_count = htole32(has_name ? 1 : 0);
  strings.language = htole16(0x0409); /* US English */
  memcpy(strings.text, name, length);
  return write_all(ep0, &strings, size);
}

int functionfs_describe(int ep0, const struct functionfs_interface *interface) {
  struct descriptors all = {0};
  all.head.magic = htole32(FUNCTIONFS_DESCRIPTORS_MAGIC_V2);
  all.head.length = htole32(sizeof all);
  all.head.flags = htole32(FUNCTIONFS_HAS_FS_DESC | FUNCTIONFS_HAS_HS_DESC | FUNCTIONFS_HAS_SS_DESC);
  all.full_speed_count = htole32(4);
  all.high_speed_count = htole32(4);
  all.super_speed_count = htole32(7);
  fill_setting(&all.full_speed, interface, USB_SPEED_FULL);
  fill_setting(&all.high_speed, interface, USB_SPEED_HIGH);
  fill_interface(&all.super_speed.interface, interface);
  for (int number = 0; number < 3; number++) {
    fill_endpoint(&all.super_speed.endpoints[number].endpoint, interface, number, USB_SPEED_SUPER);
    all.super_speed.endpoints[number].companion = (struct usb_ss_ep_comp_descriptor){
        .bLength = sizeof(struct usb_ss_ep_comp_descriptor),
        .bDescriptorType = USB_DT_SS_ENDPOINT_COMP,
        .wBytesPerInterval = htole16(number == 2 ? interface->event_packet_size : 0),
    };
  }
  int status = write_all(ep0, &all, sizeof all);
  return status < 0 ? status : write_strings(ep0, interface->name);
}
