package tamarack.iceberg;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The direction between the packages of iceberg, and what must not be there. */
class IcebergDirectionTest {
  private static final JavaClasses CLASSES = new ClassFileImporter()
      .withImportOption(new ImportOption.DoNotIncludeTests())
      .importPackages("tamarack");

  @Test
  void packagesHaveNoCycles() {
    slices().matching("tamarack.iceberg.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void onlyTheParquetPackageDecodes() {
    noClasses().that().resideOutsideOfPackages("tamarack.iceberg.parquet..")
        .should().dependOnClassesThat().resideInAPackage("org.apache.parquet.column.values..")
        .check(CLASSES);
  }

  @Test
  void nothingKnowsTheOtherAccessMethod() {
    noClasses().that().resideInAPackage("tamarack.iceberg..")
        .should().dependOnClassesThat().resideInAPackage("tamarack.sqliteheap..")
        .check(CLASSES);
  }

  @Test
  void hadoopStaysOffTheClassPath() {
    assertThrows(ClassNotFoundException.class, () -> Class.forName("org.apache.hadoop.conf.Configuration"));
    assertThrows(ClassNotFoundException.class, () -> Class.forName("org.apache.hadoop.fs.Path"));
  }
}
