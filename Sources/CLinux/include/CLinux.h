/* Linux system calls that Swift's Glibc module does not show. */
#pragma once

#include "files.h"
#include "streams.h"
