using System.Diagnostics;
using System.Globalization;
using Blockwire.Storage;
using Blockwire.Testing.Raw;

namespace Blockwire.Target.Tests;

/// <summary>
/// Goal: large writes whose data goes from the socket straight to the disk do what all writes do, whatever happens to them. Method: many of them in a row in one stream, so that
/// they lie with the system before they are looked at, with other PDUs in between.
/// </summary>
public sealed class StreamedWriteTests
{
    private const int LengthBytes = 8 << 20, WriteBytes = 128 << 10, WriteBlocks = WriteBytes / 512, Writes = 48;
    private const byte WriteAndVerify10 = 0x2E, Verify10 = 0x2F;

    public StreamedWriteTests() => Assert.SkipUnless(
        OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("BLOCKWIRE_PORTABLE_SOCKETS") is null, "only our own sockets leave data with the system");

    public static TheoryData<bool> Kinds => [true, false];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Disks_in_memory_and_files_in_memory_take_them_and_hold_what_was_sent(bool isFile)
    {
        using SharedMemoryFile file = new();
        TakeCounter disk = new(isFile ? FileDisk.Open(file.Path, new FileDiskOptions { CreateBytes = LengthBytes }) : new MemoryDisk(LengthBytes));
        await using ServerRig rig = await ServerRig.StartAsync(disks: disk);
        using RawInitiator initiator = await rig.LogInAsync(firstBurst: WriteBytes);
        await WriteAllAsync(initiator, ServerRig.Write10);
        Assert.InRange(disk.Takes, 1, Writes);
        await ExpectAsync(initiator, Writes);
    }

    [Fact]
    public async Task A_disk_that_looks_at_the_data_has_it_as_always()
    {
        await using ServerRig rig = await ServerRig.StartAsync(disks: new LookingDisk(new MemoryDisk(LengthBytes)));
        using RawInitiator initiator = await rig.LogInAsync(firstBurst: WriteBytes);
        await WriteAllAsync(initiator, ServerRig.Write10);
        await ExpectAsync(initiator, Writes);
    }

    [Fact]
    public async Task A_mirror_has_it_on_every_member()
    {
        MemoryDisk[] halves = [new(LengthBytes), new(LengthBytes)];
        await using ServerRig rig = await ServerRig.StartAsync(disks: new TwoCopies(halves));
        using RawInitiator initiator = await rig.LogInAsync(firstBurst: WriteBytes);
        await WriteAllAsync(initiator, ServerRig.Write10);
        byte[][] contents = [new byte[LengthBytes], new byte[LengthBytes]];
        for (int i = 0; i < halves.Length; i++)
        {
            Assert.Equal(IoStatus.Ok, await halves[i].ReadAsync(0, contents[i], default));
        }

        Assert.Equal(contents[0], contents[1]);
        await ExpectAsync(initiator, Writes);
    }

    [Fact]
    public async Task A_command_that_looks_at_its_data_again_finds_it()
    {
        TakeCounter disk = new(new MemoryDisk(LengthBytes));
        await using ServerRig rig = await ServerRig.StartAsync(disks: disk);
        using RawInitiator initiator = await rig.LogInAsync(firstBurst: WriteBytes);
        await WriteAllAsync(initiator, WriteAndVerify10, flags: 0x02);
        Assert.Equal(0, disk.Takes);
        await ExpectAsync(initiator, Writes);
        await WriteAllAsync(initiator, Verify10, flags: 0x02);
    }

    /// <summary>Refused ones, ones for no unit and pings among them: what nobody wants is dropped, and the stream goes on behind it.</summary>
    [Fact]
    public async Task What_nobody_wants_is_dropped_and_the_next_PDU_is_found()
    {
        await using ServerRig rig = await ServerRig.StartAsync(disks: [new MemoryDisk(LengthBytes), new ReadOnlyFilter(new MemoryDisk(LengthBytes))]);
        using RawInitiator initiator = await rig.LogInAsync(firstBurst: WriteBytes);
        List<byte> stream = [];
        List<(uint Tag, byte Status)> expected = [];
        for (int i = 0; i < Writes; i++)
        {
            // Of every four one is for a read-only unit, one for no unit, one beyond the end.
            int lun = (i % 4) switch { 1 => 1, 2 => 7, _ => 0 };
            uint lba = i % 4 == 3 ? LengthBytes / 512 - 1 : (uint)(i * WriteBlocks);
            RawFrame write = Write(initiator, lun, lba, i, ServerRig.Write10, 0);
            expected.Add((write.InitiatorTaskTag, (byte)(i % 4 == 0 ? 0 : 2)));
            stream.AddRange(initiator.Number(write).ToBytes());
        }

        await SendAndExpectAsync(initiator, stream, expected);
        Assert.Equal([1, 2, 3], await initiator.PingAsync(1, 2, 3));
        for (int i = 0; i < Writes; i += 4)
        {
            Assert.Equal(Pattern(i), (await initiator.CommandAsync(0, RawFrames.Cdb10(ServerRig.Read10, (uint)(i * WriteBlocks), WriteBlocks), WriteBytes)).DataIn);
        }
    }

    /// <summary>A command ahead of its number waits for the one before, while what comes behind it on the connection goes on.</summary>
    [Fact]
    public async Task One_that_has_to_wait_is_kept()
    {
        await using ServerRig rig = await ServerRig.StartAsync(disks: new MemoryDisk(LengthBytes));
        using RawInitiator initiator = await rig.LogInAsync(firstBurst: WriteBytes);
        List<RawFrame> writes = [.. Enumerable.Range(0, 16).Select(i => initiator.Number(Write(initiator, 0, (uint)(i * WriteBlocks), i, ServerRig.Write10, 0)))];
        List<(uint, byte)> expected = writes.ConvertAll(static it => (it.InitiatorTaskTag, (byte)0));
        await SendAndExpectAsync(initiator, [.. writes[..4].SelectMany(static it => it.ToBytes())], expected[..4]);
        await SendAndExpectAsync(initiator, [.. writes[5..].Append(writes[4]).SelectMany(static it => it.ToBytes())], expected[4..]);
        await ExpectAsync(initiator, writes.Count);
    }

    [Fact]
    public async Task A_file_cut_short_ends_neither_server_nor_connection_and_is_long_again()
    {
        using SharedMemoryFile file = new();
        TakeCounter disk = new(FileDisk.Open(file.Path, new FileDiskOptions { CreateBytes = LengthBytes }));
        await using ServerRig rig = await ServerRig.StartAsync(disks: disk);
        using RawInitiator initiator = await rig.LogInAsync(firstBurst: WriteBytes);
        await WriteAllAsync(initiator, ServerRig.Write10);
        Truncate(file.Path, (Writes / 2 * WriteBytes) + 4096 + 100); // inside a write, and inside a page
        int before = disk.Takes;
        await WriteAllAsync(initiator, ServerRig.Write10);
        Assert.True(disk.Takes > before);
        await ExpectAsync(initiator, Writes);
        await rig.DisposeAsync();
        Assert.InRange(DateTime.UtcNow - File.GetLastWriteTimeUtc(file.Path), TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task The_time_of_a_change_is_noted_at_the_flush()
    {
        using SharedMemoryFile file = new();
        await using ServerRig rig = await ServerRig.StartAsync(disks: FileDisk.Open(file.Path, new FileDiskOptions { CreateBytes = LengthBytes }));
        using RawInitiator initiator = await rig.LogInAsync(firstBurst: WriteBytes);
        await WriteAllAsync(initiator, ServerRig.Write10);
        Touch(file.Path, "2001-01-01");
        await WriteAllAsync(initiator, ServerRig.Write10);
        Assert.True((await initiator.CommandAsync(0, RawFrames.Cdb10(0x35, 0, 0))).IsGood);
        Assert.InRange(DateTime.UtcNow - File.GetLastWriteTimeUtc(file.Path), TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Connections_that_end_inside_the_data_leave_the_others_alone()
    {
        TakeCounter disk = new(new MemoryDisk(LengthBytes));
        await using ServerRig rig = await ServerRig.StartAsync(disks: disk);
        using RawInitiator other = await rig.LogInAsync(isid: 2, firstBurst: WriteBytes);
        for (int cut = 0; cut < 24; cut++)
        {
            using RawInitiator initiator = await rig.LogInAsync(firstBurst: WriteBytes);
            byte[] stream = [.. Enumerable.Range(0, 12).SelectMany(i => initiator.Number(Write(initiator, 0, (uint)(i * WriteBlocks), i, ServerRig.Write10, 0)).ToBytes())];
            await initiator.Connection.SendBytesAsync(stream.AsMemory(0, stream.Length - (cut * cut * 499)), ServerRig.Limit);
            initiator.Connection.Reset();
        }

        await WriteAllAsync(other, ServerRig.Write10);
        await ExpectAsync(other, Writes);
        Assert.True(disk.Takes > 0);
    }

    private static async Task WriteAllAsync(RawInitiator initiator, byte operationCode, byte flags = 0)
    {
        List<byte> stream = [];
        List<(uint, byte)> expected = [];
        for (int i = 0; i < Writes; i++)
        {
            RawFrame write = Write(initiator, 0, (uint)(i * WriteBlocks), i, operationCode, flags);
            expected.Add((write.InitiatorTaskTag, 0));
            stream.AddRange(initiator.Number(write).ToBytes());
        }

        await SendAndExpectAsync(initiator, stream, expected);
    }

    private static async Task SendAndExpectAsync(RawInitiator initiator, List<byte> stream, List<(uint Tag, byte Status)> expected)
    {
        Task sending = initiator.Connection.SendBytesAsync(stream.ToArray(), ServerRig.Limit);
        Dictionary<uint, byte> answered = [];
        while (answered.Count < expected.Count)
        {
            RawFrame answer = (await initiator.ReceiveAsync(ServerRig.Limit))!;
            Assert.Equal(RawOpcode.ScsiResponse, answer.Opcode);
            answered.Add(answer.InitiatorTaskTag, answer.Byte3);
        }

        await sending;
        Assert.Equal(expected.Select(static it => KeyValuePair.Create(it.Tag, it.Status)), answered.OrderBy(static it => it.Key));
    }

    private static async Task ExpectAsync(RawInitiator initiator, int writes)
    {
        for (int i = 0; i < writes; i++)
        {
            RawScsiResult read = await initiator.CommandAsync(0, RawFrames.Cdb10(ServerRig.Read10, (uint)(i * WriteBlocks), WriteBlocks), WriteBytes);
            Assert.Equal(Pattern(i), read.DataIn);
        }
    }

    private static RawFrame Write(RawInitiator initiator, int lun, uint lba, int pattern, byte operationCode, byte flags)
    {
        byte[] cdb = RawFrames.Cdb10(operationCode, lba, WriteBlocks);
        cdb[1] = flags;
        return RawFrames.ScsiCommand(lun, initiator.NewTag(), 0, WriteBytes, cdb, Pattern(pattern));
    }

    private static byte[] Pattern(int seed)
    {
        byte[] data = new byte[WriteBytes];
        new Random(seed).NextBytes(data);
        return data;
    }

    private static void Truncate(string path, int length) => Run("truncate", "-s", length.ToString(CultureInfo.InvariantCulture), path);

    private static void Touch(string path, string date) => Run("touch", "-d", date, path);

    // A FileStream would ask for a lock that the disk has.
    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private sealed class SharedMemoryFile : IDisposable
    {
        public string Path { get; } = $"/dev/shm/blockwire-streamed-{Guid.NewGuid():N}.img";

        public void Dispose() => File.Delete(Path);
    }

    /// <summary>Counts writes that come with data still to be taken.</summary>
    private sealed class TakeCounter(IBlockDevice next) : BlockFilter(next)
    {
        public int Takes { get; private set; }

        public override bool TakesStreamedData => Next.TakesStreamedData;

        public override ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
        {
            Takes += StreamedData.TryFind(from, out _) ? 1 : 0;
            return base.WriteAsync(lba, from, forceUnitAccess, cancellationToken);
        }
    }

    /// <summary>A device as others write them: it knows nothing of streamed data.</summary>
    private sealed class LookingDisk(IBlockDevice next) : BlockFilter(next)
    {
        public override ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken) =>
            base.WriteAsync(lba, from.ToArray(), forceUnitAccess, cancellationToken);
    }

    /// <summary>Gives the data to two disks that would both take it, and knows nothing of it.</summary>
    private sealed class TwoCopies(MemoryDisk[] halves) : BlockFilter(halves[0])
    {
        public override async ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
        {
            IoStatus first = await halves[0].WriteAsync(lba, from, forceUnitAccess, cancellationToken);
            return first == IoStatus.Ok ? await halves[1].WriteAsync(lba, from, forceUnitAccess, cancellationToken) : first;
        }
    }
}
