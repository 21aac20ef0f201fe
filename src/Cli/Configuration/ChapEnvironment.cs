using Blockwire.Initiator;
using Blockwire.Protocol.Authentication;

namespace Blockwire.Cli.Configuration;

/// <summary>CHAP from the environment, for a server that was told nothing else.</summary>
internal static class ChapEnvironment
{
    /// <summary>The variables, for messages.</summary>
    public const string Variables = ChapVariables.Names;

    /// <param name="variable">The value of a variable, or null.</param>
    /// <exception cref="CliException">One of two is missing, or a value cannot be used.</exception>
    public static ChapPair Read(Func<string, string?> variable)
    {
        try
        {
            return new(ChapVariables.FindOwn(variable), ChapVariables.FindTarget(variable));
        }
        catch (ChapOptionsException problem)
        {
            throw new CliException(problem.Message);
        }
    }
}
