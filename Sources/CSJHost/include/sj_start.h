#ifndef SJ_START_H
#define SJ_START_H

/// Sets the engine up; implemented in SJCAPI.
void swiftjax_start(void);

#endif
