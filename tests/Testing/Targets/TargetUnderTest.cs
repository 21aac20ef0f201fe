namespace Blockwire.Testing.Targets;

/// <summary>
/// Starts the target that the clients are pointed at: Blockwire, or another one when BLOCKWIRE_TEST_TARGET=tgt asks for it, to see
/// whether a test is wrong or the server.
/// </summary>
public static class TargetUnderTest
{
    public static bool IsBlockwire { get; } = Environment.GetEnvironmentVariable("BLOCKWIRE_TEST_TARGET") is null or "" or "blockwire";

    public static async Task<ITestTarget> StartAsync(IReadOnlyList<TestDisk> disks, int port = 0) =>
        IsBlockwire ? await BlockwireTarget.StartAsync(disks, port) : await TgtTarget.StartAsync(disks, port);
}
