package tamarack.storage.object;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** CRC32C in all its forms. */
class ChecksumTest {
  @Test
  void theKnownAnswerIsGiven() {
    byte[] digits = "123456789".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    long checksum = Checksum.of(digits, 0, digits.length);
    assertEquals(0xe3069283L, checksum);
    assertEquals("e3069283", Checksum.hex(checksum));
    assertEquals(checksum, Checksum.parseHex("e3069283"));
    assertEquals("4waSgw==", Checksum.base64(checksum));
    assertEquals(ObjectInfo.NO_CHECKSUM, Checksum.parseHex("E306928"));
    assertEquals(ObjectInfo.NO_CHECKSUM, Checksum.parseHex(null));
  }

  @Test
  void filesBuffersAndArraysAgree(@TempDir Path directory) throws IOException {
    byte[] bytes = new byte[200_000];
    new Random(1).nextBytes(bytes);
    Path file = Files.write(directory.resolve("f"), bytes);
    assertEquals(Checksum.of(bytes, 1000, 150_000), Checksum.of(file, 1000, 150_000));
    assertEquals(Checksum.of(bytes, 0, 200_000), Checksum.of(ByteBuffer.wrap(bytes)));
    assertEquals(0, Checksum.of(file, 7, 0));
    ObjectBody body = ObjectBody.of(file);
    assertEquals(body.checksum(), ObjectBody.of(bytes).checksum());
    assertArrayEquals(Arrays.copyOfRange(bytes, 5, 70_005), body.open(5, 70_000).readAllBytes());
  }

  @Test
  void piecesJoinToTheWhole() {
    Random random = new Random(2);
    for (int round = 0; round < 200; round++) {
      byte[] bytes = new byte[random.nextInt(3000)];
      random.nextBytes(bytes);
      int cut = random.nextInt(bytes.length + 1);
      long first = Checksum.of(bytes, 0, cut);
      long second = Checksum.of(bytes, cut, bytes.length - cut);
      assertEquals(Checksum.of(bytes, 0, bytes.length), ChecksumJoin.join(first, second, bytes.length - cut));
    }
  }
}
