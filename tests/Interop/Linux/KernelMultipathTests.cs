namespace Blockwire.Interop.Tests.Linux;

/// <summary>
/// Goal: multipath-tools use the optimized path first, and a load that verifies what it wrote hears nothing of a path that dies and comes back. Method: a guest in QEMU runs
/// dm-multipath over two portal groups; its packet filter cuts one off (multipath.sh).
/// </summary>
public sealed class KernelMultipathTests
{
    [Fact]
    public async Task ALoadOutlivesAPathThatDiesAndComesBack()
    {
        await using PortalGroups server = new();
        await server.StartAsync("""{ "disk": "memory:64M" }""");
        await server.RunAsync("multipath.sh", TimeSpan.FromSeconds(180));
    }
}
