using FsCheck;
using FsCheck.Fluent;

namespace Blockwire.Wire.Tests;

/// <summary>Runs a property for many seeds; a failure names the seed, and <c>new Draw(seed)</c> brings it back.</summary>
internal static class Seeds
{
    private static readonly Config Config = Config.QuickThrowOnFailure.WithMaxTest(500).WithQuietOnSuccess(true);

    public static void Check(Func<Draw, bool> holds) => FsCheck.Check.One(
        Config, Prop.ForAll(Gen.Choose(int.MinValue, int.MaxValue).ToArbitrary(), seed => holds(new Draw(seed))));
}
