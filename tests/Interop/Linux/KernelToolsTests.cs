namespace Blockwire.Interop.Tests.Linux;

/// <summary>
/// Goal: the tools that people use on SCSI disks find everything as they know it, and complain of nothing. Method: a guest in QEMU goes through a table of command lines with what
/// each has to print and how it has to end (tools.sh).
/// </summary>
public sealed class KernelToolsTests
{
    [Fact]
    public async Task ToolsFindTheDisksAsTheyKnowThem()
    {
        await using PortalGroups server = new();
        await server.StartAsync(
            $$"""{ "disk": "file:{{Path.Combine(server.Folder, "lun.img")}}", "size": "64M", "thin": true, "serial": "TOOLS-0" }""",
            """{ "disk": "memory:64M", "thin": true }""",
            """{ "disk": "memory:16M", "removable": true }""",
            """{ "disk": "memory:64M", "block": 4096 }""",
            """{ "disk": "null:200T" }""");
        await server.RunAsync("tools.sh", TimeSpan.FromSeconds(180));
    }
}
