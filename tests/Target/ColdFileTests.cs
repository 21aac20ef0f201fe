using Blockwire.Storage;
using Blockwire.Testing.Raw;

namespace Blockwire.Target.Tests;

/// <summary>
/// Goal: a file that is not in the page cache holds up nobody but those who read it, and keeps its medium busy. Method: a served file whose reads wait in the system call
/// until the test lets them go.
/// </summary>
public sealed class ColdFileTests : IDisposable
{
    private const int Depth = 32, Cold = 0, Memory = 1, Other = 2;

    private readonly string _folder = Directory.CreateTempSubdirectory("blockwire-cold-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Thirty_two_cold_reads_are_in_flight_and_other_connections_go_on()
    {
        (FileDisk cold, HeldReads held) = OpenHeld();
        await using ServerRig rig = await ServerRig.StartAsync(disks: [cold, new MemoryDisk(1 << 20), OpenFile("other.img")]);
        using RawInitiator reader = await rig.LogInAsync();
        using RawInitiator other = await rig.LogInAsync(isid: 2);

        List<uint> tags = await FillAsync(reader, held);

        Assert.True((await other.CommandAsync(Memory, RawFrames.Cdb10(ServerRig.Read10, 0, 8), 4096)).IsGood);
        Assert.True((await other.CommandAsync(Other, RawFrames.Cdb10(ServerRig.Read10, 0, 8), 4096)).IsGood);
        Assert.Equal(Depth, held.Inside);
        held.LetGo();
        await AssertAllAnsweredAsync(reader, tags);
    }

    [Fact]
    public async Task Reads_of_other_units_overtake_cold_ones_on_the_same_connection()
    {
        (FileDisk cold, HeldReads held) = OpenHeld();
        await using ServerRig rig = await ServerRig.StartAsync(disks: [cold, new MemoryDisk(1 << 20), OpenFile("other.img")]);
        using RawInitiator reader = await rig.LogInAsync();

        List<uint> tags = await FillAsync(reader, held);

        Assert.True((await reader.CommandAsync(Memory, RawFrames.Cdb10(ServerRig.Read10, 0, 8), 4096)).IsGood);
        Assert.True((await reader.CommandAsync(Other, RawFrames.Cdb10(ServerRig.Read10, 0, 8), 4096)).IsGood);
        Assert.Equal(Depth, held.Inside);
        held.LetGo();
        await AssertAllAnsweredAsync(reader, tags);
    }

    private (FileDisk Disk, HeldReads Held) OpenHeld()
    {
        HeldReads? held = null;
        FileDisk disk = OpenFile("cold.img", calls => held = new HeldReads(calls));
        return (disk, held!);
    }

    private FileDisk OpenFile(string name, Func<IFileCalls, IFileCalls>? wrap = null) =>
        FileDisk.Open(Path.Combine(_folder, name), new FileDiskOptions { CreateBytes = 1 << 20, Wrap = wrap });

    private static async Task<List<uint>> FillAsync(RawInitiator reader, HeldReads held)
    {
        List<uint> tags = [];
        for (int i = 0; i < Depth; i++)
        {
            tags.Add(await ServerRig.StartReadAsync(reader, Cold));
        }

        await ServerRig.UntilAsync(() => held.Inside == Depth);
        return tags;
    }

    private static async Task AssertAllAnsweredAsync(RawInitiator reader, List<uint> tags)
    {
        List<uint> answered = [];
        for (int i = 0; i < tags.Count; i++)
        {
            RawFrame answer = await reader.ExpectAsync(RawOpcode.DataIn);
            Assert.Equal((1, 0), (answer.Flags & 1, answer.Byte3)); // with status, which is GOOD
            answered.Add(answer.InitiatorTaskTag);
        }

        Assert.Equal(tags, answered.Order());
    }
}
