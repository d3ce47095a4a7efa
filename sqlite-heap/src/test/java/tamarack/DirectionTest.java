package tamarack;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Holds the direction between packages: access methods know the core, the core knows none of them. */
class DirectionTest {
  private static final String[] CORE = {
    "tamarack.am..", "tamarack.backend..", "tamarack.tuple..", "tamarack.xact.."
  };

  private static final JavaClasses CLASSES = new ClassFileImporter()
      .withImportOption(new ImportOption.DoNotIncludeTests())
      .importPackages("tamarack");

  @Test
  void coreKnowsNoAccessMethodAndNoLibrary() {
    classes().that().resideInAnyPackage(CORE)
        .should().onlyDependOnClassesThat().resideInAnyPackage(with(CORE, "java..", "jdk.internal.misc.."))
        .check(CLASSES);
  }

  @Test
  void onlyMemoryTouchesInternalsOfTheJdk() {
    noClasses().that().doNotHaveFullyQualifiedName("tamarack.tuple.Memory")
        .should().dependOnClassesThat().resideInAnyPackage("jdk.internal..", "sun..")
        .check(CLASSES);
  }

  @Test
  void onlySqliteHeapUsesSqlite() {
    noClasses().that().resideOutsideOfPackage("tamarack.sqliteheap..")
        .should().dependOnClassesThat().resideInAnyPackage("org.sqlite..", "java.sql..")
        .check(CLASSES);
  }

  @Test
  void layoutsDependOnNothingElseOfOurs() {
    classes().that().resideInAPackage("tamarack.tuple..")
        .should().onlyDependOnClassesThat().resideInAnyPackage("tamarack.tuple..", "java..", "jdk.internal.misc..")
        .check(CLASSES);
  }

  private static String[] with(String[] packages, String... more) {
    String[] all = new String[packages.length + more.length];
    System.arraycopy(packages, 0, all, 0, packages.length);
    System.arraycopy(more, 0, all, packages.length, more.length);
    return all;
  }
}
