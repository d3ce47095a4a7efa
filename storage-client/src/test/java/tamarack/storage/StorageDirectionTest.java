package tamarack.storage;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Holds the direction between packages: what a backend loads knows no provider's library. */
class StorageDirectionTest {
  private static final JavaClasses CLASSES = new ClassFileImporter()
      .withImportOption(new ImportOption.DoNotIncludeTests())
      .importPackages("tamarack");

  @Test
  void theClientKnowsTheProtocolAndNothingElse() {
    classes().that().resideInAnyPackage("tamarack.storage.client..", "tamarack.storage.wire..")
        .should().onlyDependOnClassesThat().resideInAnyPackage("tamarack.storage.client..", "tamarack.storage.wire..",
            "tamarack.storage.object..", "java..").check(CLASSES);
  }

  @Test
  void theInterfaceOfStoresKnowsNothing() {
    classes().that().resideInAPackage("tamarack.storage.object..")
        .should().onlyDependOnClassesThat().resideInAnyPackage("tamarack.storage.object..", "java..").check(CLASSES);
  }

  @Test
  void cacheAndRetriesKnowNoProvider() {
    classes().that().resideInAnyPackage("tamarack.storage.cache..", "tamarack.storage.retry..")
        .should().onlyDependOnClassesThat().resideInAnyPackage("tamarack.storage.cache..", "tamarack.storage.retry..",
            "tamarack.storage.object..", "java..").check(CLASSES);
  }

  @Test
  void eachProvidersLibraryIsUsedInOnePackage() {
    noClasses().that().resideOutsideOfPackage("tamarack.storage.s3..")
        .should().dependOnClassesThat().resideInAPackage("software.amazon..").check(CLASSES);
    noClasses().that().resideOutsideOfPackage("tamarack.storage.azure..")
        .should().dependOnClassesThat().resideInAPackage("com.azure..").check(CLASSES);
    noClasses().that().resideOutsideOfPackage("tamarack.storage.gcs..")
        .should().dependOnClassesThat().resideInAPackage("com.google..").check(CLASSES);
  }

  @Test
  void nothingOfOursIsUsed() {
    noClasses().should().dependOnClassesThat().resideInAnyPackage(
        "tamarack.am..", "tamarack.backend..", "tamarack.tuple..", "tamarack.xact..", "tamarack.sqliteheap..")
        .check(CLASSES);
  }
}
