using Blockwire.Cli.CommandLine;
using FsCheck;
using FsCheck.Fluent;

namespace Blockwire.Cli.Tests.CommandLine;

public sealed class SuggestionTests
{
    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("listen", "listen", 0)]
    [InlineData("lsiten", "listen", 1)]
    [InlineData("listn", "listen", 1)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_counts_slips(string from, string to, int distance) => Assert.Equal(distance, Suggestion.Distance(from, to));

    [Fact]
    public void Distance_is_symmetric_and_zero_only_for_the_same_word() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<(NonNull<string> A, NonNull<string> B)>(),
            static pair =>
            {
                (string a, string b) = (pair.A.Get.ToLowerInvariant(), pair.B.Get.ToLowerInvariant());
                int distance = Suggestion.Distance(a, b);
                return distance == Suggestion.Distance(b, a) && distance <= Math.Max(a.Length, b.Length) && (distance == 0) == (a == b);
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_far_word_is_not_suggested() => Assert.Equal(string.Empty, Suggestion.For("--zzzz", ["--listen", "--log"]));
}
