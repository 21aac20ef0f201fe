using Blockwire.Testing;

namespace Blockwire.Initiator.Tests;

/// <summary>Whoever asked for a command learns whether it may have run.</summary>
public sealed class CommandLostExceptionTests
{
    [Theory]
    [InlineData(CommandFate.NotRun)]
    [InlineData(CommandFate.MayHaveRun)]
    public void It_says_whether_the_command_may_have_run(CommandFate fate)
    {
        CommandLostException lost = new(fate, "the session is gone");

        Assert.Equal(fate, lost.Fate);
        Assert.IsAssignableFrom<IOException>(lost);
    }
}
