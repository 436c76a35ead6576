#ifndef SWIFTJAX_H
#define SWIFTJAX_H
#endif
