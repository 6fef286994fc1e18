package org.promisegrid.server.wire;

import io.netty.bootstrap.ChannelInitializerExtension;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Bounds how long the head of a request may take, from its first byte to its last; of the first
/// one on a connection, from when that is made. Who sends theirs byte by byte keeps a connection
/// busy for no longer than that.
///
/// Netty makes it, by its name in `META-INF/services`, if [#use] was called before. That is why
/// what it knows is static.
public final class Heads extends ChannelInitializerExtension {

  private static final AttributeKey<Watch> WATCH = AttributeKey.valueOf("grid.head");

  private static volatile Duration most = Duration.ofDays(1);

  /// Has every connection that is made from now on watched.
  public static void use(Duration longest) {
    most = longest;
    System.setProperty(EXTENSIONS_SYSTEM_PROPERTY, "serviceload");
  }

  @Override
  public void postInitializeServerChildChannel(Channel channel) {
    Watch watch = new Watch();
    channel.attr(WATCH).set(watch);
    channel.pipeline().addFirst(watch);
  }

  /// A head has arrived on a channel.
  public static void arrived(Channel channel) {
    Watch watch = channel.attr(WATCH).get();
    if (watch != null) {
      watch.arrived();
    }
  }

  /// Its request has been answered: what comes next is another head.
  public static void answered(Channel channel) {
    Watch watch = channel.attr(WATCH).get();
    if (watch != null) {
      watch.answered();
    }
  }

  /// One connection's. Its fields are the event loop's, but for `busy`.
  private static final class Watch extends ChannelInboundHandlerAdapter {
    private volatile boolean busy;
    private @Nullable Future<?> alarm;

    @Override
    public void channelActive(ChannelHandlerContext context) {
      begin(context);
      context.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      if (!busy && alarm == null) {
        begin(context);
      }
      context.fireChannelRead(bytes);
      // The head may have been complete with these.
      if (busy) {
        end();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      end();
      context.fireChannelInactive();
    }

    private void begin(ChannelHandlerContext context) {
      alarm =
          context
              .executor()
              .schedule(
                  () -> {
                    alarm = null;
                    if (!busy) {
                      var _ = context.close();
                    }
                  },
                  most.toMillis(),
                  TimeUnit.MILLISECONDS);
    }

    private void end() {
      Future<?> set = alarm;
      if (set != null) {
        var _ = set.cancel(false);
        alarm = null;
      }
    }

    void arrived() {
      busy = true;
    }

    void answered() {
      busy = false;
    }
  }
}
