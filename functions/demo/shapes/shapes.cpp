// Deep and varied C++ call trees: templates, namespaces, operators, lambdas, virtual calls, recursion.
#include "faasm.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <vector>

namespace geometry {

template <typename T>
struct Vector {
  T x, y;
};

template <typename T>
KEEP_FRAME Vector<T> operator+(const Vector<T> &a, const Vector<T> &b) {
  return {a.x + b.x, a.y + b.y};
}

template <typename T>
KEEP_FRAME Vector<T> &operator/=(Vector<T> &vector, T by) {
  vector.x /= by;
  vector.y /= by;
  return vector;
}

template <typename T>
KEEP_FRAME bool operator<(const Vector<T> &a, const Vector<T> &b) {
  return a.x * a.x + a.y * a.y < b.x * b.x + b.y * b.y;
}

class Shape {
 public:
  virtual ~Shape() = default;
  virtual double area() const = 0;
  virtual Vector<double> centre() const = 0;
};

class Circle final : public Shape {
 public:
  Circle(Vector<double> centre, double radius) : centre_(centre), radius_(radius) {}
  KEEP_FRAME double area() const override { return M_PI * radius_ * radius_; }
  KEEP_FRAME Vector<double> centre() const override { return centre_; }

 private:
  Vector<double> centre_;
  double radius_;
};

template <typename T, size_t Corners>
class Polygon final : public Shape {
 public:
  explicit Polygon(const std::array<Vector<T>, Corners> &corners) : corners_(corners) {}

  KEEP_FRAME double area() const override {
    double twice = 0;
    for (size_t i = 0; i < Corners; i++) twice += cross(corners_[i], corners_[(i + 1) % Corners]);
    return std::fabs(twice) / 2;
  }

  KEEP_FRAME Vector<double> centre() const override {
    Vector<double> sum{0, 0};
    for (const auto &corner : corners_) sum = sum + Vector<double>{double(corner.x), double(corner.y)};
    return sum /= double(Corners);
  }

 private:
  KEEP_FRAME static double cross(const Vector<T> &a, const Vector<T> &b) { return a.x * b.y - a.y * b.x; }

  std::array<Vector<T>, Corners> corners_;
};

namespace {

KEEP_FRAME double fractal_area(const Shape &shape, int depth) {
  if (depth == 0) return shape.area();
  return (fractal_area(shape, depth - 1) + fractal_area(shape, depth - 1) * 0.5) / 1.5;
}

}  // namespace

template <typename Order>
KEEP_FRAME void sort_shapes(std::vector<std::unique_ptr<Shape>> &shapes, const Order &before) {
  for (size_t i = 1; i < shapes.size(); i++) {
    for (size_t j = i; j > 0 && before(*shapes[j], *shapes[j - 1]); j--) shapes[j].swap(shapes[j - 1]);
  }
}

}  // namespace geometry

using geometry::Circle;
using geometry::Polygon;
using geometry::Shape;
using geometry::Vector;

KEEP_FRAME static std::unique_ptr<Shape> make_shape(int number) {
  double at = number % 17, size = 1 + number % 5;
  Vector<double> corner{at, -at};
  switch (number % 3) {
    case 0:
      return std::make_unique<Circle>(corner, size);
    case 1:
      return std::make_unique<Polygon<double, 3>>(std::array<Vector<double>, 3>{
          corner, corner + Vector<double>{size, 0}, corner + Vector<double>{0, size}});
    default:
      return std::make_unique<Polygon<int, 4>>(
          std::array<Vector<int>, 4>{{{0, 0}, {number, 0}, {number, number}, {0, number}}});
  }
}

KEEP_FRAME static double sum_over(const std::vector<std::unique_ptr<Shape>> &shapes,
                                  const std::function<double(const Shape &)> &measure) {
  double sum = 0;
  for (const auto &shape : shapes) sum += measure(*shape);
  return sum;
}

int main() {
  std::vector<std::unique_ptr<Shape>> shapes;
  for (int number = 0; number < 120; number++) shapes.push_back(make_shape(number));
  auto by_area = [](const Shape &a, const Shape &b) KEEP_FRAME { return a.area() < b.area(); };
  auto by_centre = [](const Shape &a, const Shape &b) KEEP_FRAME { return a.centre() < b.centre(); };
  geometry::sort_shapes(shapes, by_area);
  geometry::sort_shapes(shapes, by_centre);
  int depth = 5;
  double area = sum_over(shapes, [depth](const Shape &shape) KEEP_FRAME { return geometry::fractal_area(shape, depth); });
  double left = sum_over(shapes, [](const Shape &shape) { return shape.centre().x; });
  char output[64];
  __faasm_write_output(output, std::snprintf(output, sizeof output, "area %.3f, left %.3f", area, left));
  return 0;
}
