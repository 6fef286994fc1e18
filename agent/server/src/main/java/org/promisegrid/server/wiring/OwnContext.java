package org.promisegrid.server.wiring;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Power;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxDriver;

/// Calls what came out of a driver's jar with that jar's class loader as the thread's own.
/// Libraries look there for their parts, and would find the agent's.
final class OwnContext implements InvocationHandler {

  private final Object object;
  private final ClassLoader loader;

  private OwnContext(Object object, ClassLoader loader) {
    this.object = object;
    this.loader = loader;
  }

  /// `object`, called so through `type`, an interface of the contract; and likewise the drivers,
  /// sandboxes and powers that it gives.
  static <T> T of(Class<T> type, T object, ClassLoader loader) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(), new Class<?>[] {type}, new OwnContext(object, loader)));
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    try {
      Object result = method.invoke(object, arguments);
      return arguments != null && arguments.length == 1 && arguments[0] instanceof Class<?> type
          ? power(result, type)
          : wrapped(result);
    } catch (InvocationTargetException e) {
      Throwable cause = e.getCause();
      throw cause == null ? e : cause;
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private @Nullable Object wrapped(@Nullable Object result) {
    return switch (result) {
      case null -> null;
      case SandboxDriver driver -> of(SandboxDriver.class, driver, loader);
      case Sandbox sandbox -> of(Sandbox.class, sandbox, loader);
      case Optional<?> maybe -> maybe.map(this::wrapped);
      default -> result;
    };
  }

  /// What `power(type)` gave.
  private @Nullable Object power(@Nullable Object result, Class<?> type) {
    return result instanceof Optional<?> maybe && isOfTheContract(type)
        ? maybe.map(power -> cast(type, power))
        : result;
  }

  private static boolean isOfTheContract(Class<?> type) {
    return type.isInterface() && type.getPackage().equals(Power.class.getPackage());
  }

  private <T> T cast(Class<T> type, Object power) {
    return of(type, type.cast(power), loader);
  }
}
