using System.Runtime.CompilerServices;

namespace Blockwire.Initiator;

/// <summary>What becomes of an operation of several commands when one of them is lost.</summary>
internal static class Pieces
{
    /// <summary>Waits for a command of several. That it has not run does not mean that nothing has changed, when others have run before it.</summary>
    /// <exception cref="CommandLostException">The command was lost.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask FollowAsync(ValueTask piece, bool hasBegun)
    {
        try
        {
            await piece.ConfigureAwait(false);
        }
        catch (CommandLostException lost) when (hasBegun && lost.Fate == CommandFate.NotRun)
        {
            throw AfterPart(lost);
        }
    }

    /// <summary>The same loss, of an operation that has run in part.</summary>
    public static CommandLostException AfterPart(CommandLostException lost) =>
        new(CommandFate.MayHaveRun, $"{lost.Message}; what came before it in the same operation may have run", lost);
}
