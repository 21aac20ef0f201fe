using Blockwire.Cli.Copying;

namespace Blockwire.Cli.Tests.Clients;

/// <summary>What a user sees of a copy under way.</summary>
public sealed class CopyProgressTests
{
    [Fact]
    public void A_terminal_gets_a_bar_with_share_rate_and_time_left()
    {
        using StringWriter error = new();
        long done = 0;
        using CopyProgress progress = new(error, isTerminal: true, isQuiet: false, "copying", 4L << 30, () => done, TimeProvider.System);
        done = 1L << 30;

        Assert.Matches(@"^copying \[={7} {23}\] 25% of 4 GiB, [\d.]+ [KMGTP]iB/s, \d+ s left$", progress.Line());
    }

    [Fact]
    public void A_terminal_keeps_the_last_line()
    {
        using StringWriter error = new();
        new CopyProgress(error, isTerminal: true, isQuiet: false, "copying", 100, static () => 100, TimeProvider.System).Dispose();

        Assert.Matches(@"^\rcopying \[={30}\] 100% of 100 bytes, .*\n", error.ToString());
    }

    [Fact]
    public void Nothing_is_shown_when_nothing_is_wanted()
    {
        using StringWriter error = new();
        new CopyProgress(error, isTerminal: true, isQuiet: true, "copying", 100, static () => 100, TimeProvider.System).Dispose();

        Assert.Equal("", error.ToString());
    }
}
