#ifndef SJ_FACE_START_H
#define SJ_FACE_START_H

/// Chooses the backend; implemented in SwiftJAX.
void swiftjax_face_start(void);

#endif
