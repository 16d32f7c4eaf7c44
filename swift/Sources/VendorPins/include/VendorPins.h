#ifndef VENDOR_PINS_H
#define VENDOR_PINS_H

// The versions that Package.swift pins, handed to the compiler by it: so `ready` cannot say another
// version than the one that was built. C, because SwiftPM gives values to C's macros only.
const char *whisperkit_version(void);
const char *fluidaudio_version(void);

#endif
