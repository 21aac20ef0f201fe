namespace Blockwire.Storage.Tests;

internal static class Completed
{
    /// <summary>The result of a call that completed before it returned, without an allocation.</summary>
    public static IoStatus Result(ValueTask<IoStatus> call)
    {
        Assert.True(call.IsCompleted);
        return call.GetAwaiter().GetResult();
    }
}
