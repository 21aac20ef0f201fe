namespace Blockwire.Coverage.Tests;

/// <summary>The reader of the attributes misses none and takes none that is not one.</summary>
public sealed class RuleClaimsTests
{
    [Fact]
    public void Methods_and_classes_are_read()
    {
        string[] source =
        [
            "[Rule(\"1/1\")]", "public sealed class A", "{", "    [Fact]", "    [Rule(\"2/2\")]", "    [Rule(\"3/3\")]", "    public async Task B()", "    {", "    }",
            "    [Theory]", "    [InlineData(1)]", "    [Rule(\"4/4\")]", "    public void C(int d) =>", "    public int Other() => 1;", "}",
        ];

        Assert.Equal(["1/1 A", "2/2 A.B", "3/3 A.B", "4/4 A.C"], RuleClaims.In(source, "a.cs").Select(static it => $"{it.Rule} {it.Test}"));
    }

    [Fact]
    public void A_test_that_does_not_run_unasked_is_told_apart()
    {
        string[] source = ["[Fact(Explicit = true)]", "[Rule(\"1/1\")]", "public void A()", "[Theory(Skip = \"why\")]", "[Rule(\"2/2\")]", "public void B()", "[Fact]", "[Rule(\"3/3\")]", "public void C()"];

        Assert.Equal([false, false, true], RuleClaims.In(source, "a.cs").Select(static it => it.IsRun));
    }

    [Fact]
    public void A_rule_on_something_that_is_no_test_is_an_error() =>
        Assert.Throws<InvalidDataException>(() => RuleClaims.In(["[Rule(\"1/1\")]", "public void Helper()"], "a.cs").ToList());

    [Fact]
    public void A_rule_that_belongs_to_nothing_is_an_error() =>
        Assert.Throws<InvalidDataException>(() => RuleClaims.In(["[Rule(\"1/1\")]", "private void Helper()"], "a.cs").ToList());

    [Fact]
    public void Every_attribute_in_the_tests_is_found()
    {
        int attributes = Directory.EnumerateFiles(Testing.Repository.At("tests"), "*.cs", SearchOption.AllDirectories)
            .Where(static it => !it.Replace('\\', '/').Contains("/tests/Coverage/", StringComparison.Ordinal))
            .Sum(static it => File.ReadAllText(it).Split("[Rule(\"").Length - 1 - (File.ReadAllText(it).Split("<c>[Rule(\"").Length - 1));

        Assert.True(attributes > 400);
        Assert.Equal(attributes, RuleClaims.All.Count);
    }
}
