/* A USB function in user space: Linux's FunctionFS. Every call returns 0 or more on success, else a negative errno. */
#pragma once

#include <linux/usb/functionfs.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An interface with three endpoints, as PTP and MTP have it. */
struct functionfs_interface {
  uint8_t class_, subclass, protocol;
  uint8_t bulk_in, bulk_out, interrupt_in; /* addresses, which the controller may replace by its own */
  uint16_t event_packet_size;              /* of the interrupt endpoint, in bytes */
  const char *name;                        /* the interface's string, in UTF-8; empty for none */
};

/* Describes the function at full, high and super speed. The files of its endpoints are there afterwards: ep1 (bulk in),
 * ep2 (bulk out), ep3 (interrupt in). */
int functionfs_describe(int ep0, const struct functionfs_interface *interface);

/* Waits for an event; of a request, only its setup packet is read. Until that is answered there are no more events. */
int functionfs_next_event(int ep0, struct usb_functionfs_event *event);
/* Answers a request for data. */
int functionfs_send_answer(int ep0, const void *bytes, size_t count);
/* Accepts a request that brings `count` bytes of data, which are dropped, or none. */
int functionfs_accept(int ep0, uint16_t count);
/* Refuses a request, which asks for data or does not. */
int functionfs_refuse(int ep0, bool asks_for_data);

/* The packet size of an endpoint at the speed in use, in bytes. */
int functionfs_packet_size(int endpoint);
/* Halts an endpoint. Nothing may be under way there. */
int functionfs_halt(int endpoint, bool leads_to_host);

/* Transfers of one thread, one at a time. */
struct functionfs_queue {
  unsigned long context; /* aio_context_t */
  int ended;             /* an eventfd */
};
int functionfs_open_queue(struct functionfs_queue *queue);

/* An eventfd that ends transfers. */
int functionfs_open_wake(void);
/* Sets it, for the transfer that is under way or the next one, and sets it back. */
void functionfs_wake(int wake);
void functionfs_clear_wake(int wake);

/* Moves up to `size` bytes and blocks until they are there, or a short packet came, or the host took them: -ECANCELED once
 * the eventfd `wake` can be read, and what was moved by then is lost. The endpoint has to be opened with O_NONBLOCK: then
 * -EAGAIN where no host has configured the device, -ESHUTDOWN where one ceases to. */
long functionfs_read(const struct functionfs_queue *queue, int endpoint, void *bytes, size_t size, int wake);
long functionfs_write(const struct functionfs_queue *queue, int endpoint, const void *bytes, size_t size, int wake);
