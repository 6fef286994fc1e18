package org.promisegrid.driver.docker.ssh;

import com.jcraft.jsch.HostKey;
import com.jcraft.jsch.HostKeyRepository;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.UserInfo;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Cid;

/// The host keys that are known, and the one that a host has just shown: who reads that it isn't
/// among them wants to compare it. Nothing is ever added.
final class ShownKey implements HostKeyRepository {

  private final HostKeyRepository known;
  private volatile byte @Nullable [] shown;

  ShownKey(HostKeyRepository known) {
    this.known = known;
  }

  /// Its kind and SHA-256, as `ssh-keygen -l` writes it; empty where the host has shown none.
  Optional<String> fingerprint() {
    byte[] key = shown;
    if (key == null) {
      return Optional.empty();
    }
    String digest = Base64.getEncoder().withoutPadding().encodeToString(Cid.of(key).digest());
    try {
      return Optional.of(new HostKey("host", key).getType() + " SHA256:" + digest);
    } catch (JSchException _) { // a kind that the library doesn't know
      return Optional.of("SHA256:" + digest);
    }
  }

  @Override
  public int check(String host, byte[] key) {
    shown = key.clone();
    return known.check(host, key);
  }

  @Override
  public HostKey[] getHostKey() {
    return known.getHostKey();
  }

  @Override
  public HostKey[] getHostKey(String host, @Nullable String type) {
    return known.getHostKey(host, type);
  }

  @Override
  public @Nullable String getKnownHostsRepositoryID() {
    return known.getKnownHostsRepositoryID();
  }

  @Override
  public void add(HostKey key, @Nullable UserInfo asks) {
    throw new UnsupportedOperationException("host keys are the owner's to add");
  }

  @Override
  public void remove(String host, @Nullable String type) {
    throw new UnsupportedOperationException("host keys are the owner's to remove");
  }

  @Override
  public void remove(String host, @Nullable String type, byte @Nullable [] key) {
    throw new UnsupportedOperationException("host keys are the owner's to remove");
  }
}
