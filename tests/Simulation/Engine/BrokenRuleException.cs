namespace Blockwire.Simulation.Tests;

/// <summary>Something happened that no fault of link or disk excuses.</summary>
#pragma warning disable CA1064 // nobody outside catches it
internal sealed class BrokenRuleException(string rule) : Exception(rule)
#pragma warning restore CA1064
{
    public static void Unless(bool kept, string rule)
    {
        if (!kept)
        {
            throw new BrokenRuleException(rule);
        }
    }
}
