package tamarack.xact;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import tamarack.tuple.LockMode;

class MemberStatusTest {
  @Test
  void packs() {
    for (int status = MemberStatus.FOR_KEY_SHARE; status <= MemberStatus.UPDATE; status++) {
      long member = MemberStatus.pack(5L << 40, status);
      assertEquals(5L << 40, MemberStatus.xid(member));
      assertEquals(status, MemberStatus.status(member));
    }
  }

  @Test
  void locksAndUpdatesHaveALockMode() {
    for (int mode = LockMode.KEY_SHARE; mode <= LockMode.EXCLUSIVE; mode++) {
      assertEquals(mode, MemberStatus.lockMode(MemberStatus.of(mode, false)));
    }
    assertEquals(MemberStatus.NO_KEY_UPDATE, MemberStatus.of(LockMode.NO_KEY_EXCLUSIVE, true));
    assertEquals(MemberStatus.UPDATE, MemberStatus.of(LockMode.EXCLUSIVE, true));
    assertEquals(LockMode.NO_KEY_EXCLUSIVE, MemberStatus.lockMode(MemberStatus.NO_KEY_UPDATE));
    assertEquals(LockMode.EXCLUSIVE, MemberStatus.lockMode(MemberStatus.UPDATE));
    assertThrows(IllegalArgumentException.class, () -> MemberStatus.of(LockMode.SHARE, true));
  }
}
