using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Scsi.Device;
using Blockwire.Storage;
using Blockwire.Testing.Raw;
using Microsoft.Extensions.Logging;

namespace Blockwire.Target.Tests;

/// <summary>
/// Goal: among large writes that go straight to the disk, those that are wrong in some way, or are something else, change what they should and no more. Method: long mixed streams,
/// and a model that follows the statuses.
/// </summary>
public sealed class StreamedMixTests
{
    private const int Blocks = 4096, BlockBytes = 512, Large = 128 << 10, Steps = 120;
    private const byte WriteSame16 = 0x93;

    /// <summary>What is wrong with a write, or what is there in its place.</summary>
    public enum Wrong
    {
        MoreExpectedThanSent,
        HalfIsWanted,
        TwiceIsWanted,
        Immediate,
        NoDataIsWanted,
        Read,
        NoUnit,
        BeyondTheEnd,
        BothDirections,
        OtherAttribute,
        Ping,
        OneBlockIsWanted,
        PartOfABlock,
        LongerThanTheFirstBurst,
        NotFinal,
        NoDirection,
    }

    public static TheoryData<string, Wrong> Runs
    {
        get
        {
            TheoryData<string, Wrong> runs = [];
            foreach (string kind in new[] { "memory", "file", "protected", "stripe" })
            {
                foreach (Wrong wrong in Enum.GetValues<Wrong>())
                {
                    runs.Add(kind, wrong);
                }
            }

            return runs;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task The_disk_holds_what_was_acknowledged_and_nothing_else(string kind, Wrong wrong)
    {
        string path = $"/dev/shm/blockwire-mix-{Guid.NewGuid():N}.img";
        try
        {
            await RunAsync(kind, wrong, path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task RunAsync(string kind, Wrong wrong, string path)
    {
        IBlockDevice disk = kind switch
        {
            "file" => FileDisk.Open(path, new FileDiskOptions { CreateBytes = Blocks * BlockBytes }),
            "stripe" => new StripeDisk([new GuardedDevice(new MemoryDisk(Blocks * BlockBytes / 2)), new GuardedDevice(new MemoryDisk(Blocks * BlockBytes / 2))], 128 << 10),
            "protected" => new SeparateProtectionDisk(new MemoryDisk(Blocks * BlockBytes), MemoryDisk.OfRecords(Blocks, 8)),
            _ => new MemoryDisk(Blocks * BlockBytes),
        };
        LogicalUnit unit = new(0, new GuardedDevice(disk), new LogicalUnitOptions { Identity = ServerRig.TargetName + "/0", Protection = kind == "protected" ? ProtectionType.Type1 : ProtectionType.None });
        await using ServerRig server = await ServerRig.StartAsync(change: options => options with { Targets = [new TargetOptions(ServerRig.TargetName, [unit])] });
        using RawInitiator initiator = await server.LogInAsync(firstBurst: Large);
        Random random = new((int)wrong);
        byte[] model = new byte[Blocks * BlockBytes];
        int written = 0;
        for (int round = 0; round < Steps / 20; round++)
        {
            List<byte> stream = [];
            Dictionary<uint, Step> expected = [];
            for (int i = 0; i < 20; i++)
            {
                Step step = Make(initiator, random, random.Next(6) == 0 ? wrong : null);
                expected.Add(step.Pdu.InitiatorTaskTag, step);
                stream.AddRange(initiator.Number(step.Pdu).ToBytes());
                if (step.More is { } more)
                {
                    stream.AddRange(initiator.Number(more).ToBytes());
                }
            }

            Task sending = initiator.Connection.SendBytesAsync(stream.ToArray(), ServerRig.Limit);
            HashSet<uint> answered = [];
            HashSet<uint> good = [];
            while (answered.Count < expected.Count)
            {
                RawFrame answer = await initiator.ReceiveAsync(ServerRig.Limit) ?? throw new InvalidDataException("closed: " + string.Join("; ", server.Log.Lines.Select(static it => it.Text + it.Failure)));
                uint tag = answer.Opcode == RawOpcode.Reject ? BinaryPrimitives.ReadUInt32BigEndian(answer.Data.AsSpan(16)) : answer.InitiatorTaskTag;
                if (answer.Opcode == RawOpcode.DataIn && (answer.Flags & 1) == 0)
                {
                    continue;
                }

                if (answer.Opcode == RawOpcode.NopIn && tag == RawFrames.ReservedTag)
                {
                    continue; // the window has opened
                }

                Assert.True(expected.ContainsKey(tag), $"{answer}");
                Assert.True(answered.Add(tag), $"twice: {answer}");
                if (answer.Opcode == RawOpcode.ScsiResponse && answer is { Byte2: 0, Byte3: 0 })
                {
                    good.Add(tag);
                }
            }

            await sending;
            foreach ((uint tag, Step step) in expected)
            {
                if (good.Contains(tag) && step.Length > 0)
                {
                    step.Pdu.Data.AsSpan(0, Math.Min(step.Length, step.Pdu.Data.Length)).CopyTo(model.AsSpan(step.Lba * BlockBytes));
                    written++;
                }
            }
        }

        Assert.True(written > Steps / 3, $"{written}");
        for (int lba = 0; lba < Blocks; lba += 256)
        {
            RawScsiResult read = await initiator.CommandAfterAttentionsAsync(0, RawFrames.Cdb10(ServerRig.Read10, (uint)lba, 256), 256 * BlockBytes);
            Assert.True(read.IsGood);
            Assert.Equal(-1, Difference(read.DataIn, model.AsSpan(lba * BlockBytes, 256 * BlockBytes)));
        }

        Assert.DoesNotContain(server.Log.Lines, static line => line.Level >= LogLevel.Error);
    }

    private static int Difference(byte[] read, ReadOnlySpan<byte> model) => read.AsSpan().SequenceEqual(model) ? -1 : read.AsSpan().CommonPrefixLength(model);

    private static Step Make(RawInitiator initiator, Random random, Wrong? kind)
    {
        int length = kind switch { Wrong.LongerThanTheFirstBurst => 204_800, Wrong.PartOfABlock => Large + 1, _ => Large };
        byte[] data = new byte[length];
        random.NextBytes(data);
        int lba = random.Next(Blocks - 256);
        uint tag = initiator.NewTag();
        byte[] cdb = RawFrames.Cdb10(ServerRig.Write10, (uint)lba, (ushort)(length / BlockBytes));
        RawFrame pdu = RawFrames.ScsiCommand(0, tag, 0, (uint)length, cdb, data);
        int takes = length / BlockBytes * BlockBytes;
        switch (kind)
        {
            case Wrong.MoreExpectedThanSent:
                pdu.Word20 += 512;
                break;
            case Wrong.HalfIsWanted:
                RawFrames.Cdb10(ServerRig.Write10, (uint)lba, Large / BlockBytes / 2).CopyTo(pdu.Header, 32);
                return new(pdu, lba, Large / 2);
            case Wrong.TwiceIsWanted:
                RawFrames.Cdb10(ServerRig.Write10, (uint)lba, Large / BlockBytes * 2).CopyTo(pdu.Header, 32);
                break;
            case Wrong.Immediate:
                pdu.Immediate = true;
                break;
            case Wrong.NoDataIsWanted:
                pdu.Header.AsSpan(32, 16).Clear();
                return new(pdu, 0, 0);
            case Wrong.Read:
                pdu.Header[32] = ServerRig.Read10;
                return new(pdu, 0, 0);
            case Wrong.NoUnit:
                pdu.Lun = 7UL << 48;
                return new(pdu, 0, 0);
            case Wrong.BeyondTheEnd:
                RawFrames.Cdb10(ServerRig.Write10, Blocks - 1, 128).CopyTo(pdu.Header, 32);
                return new(pdu, 0, 0);
            case Wrong.BothDirections:
                pdu.Flags |= 0x40;
                return new(pdu, lba, takes);
            case Wrong.OtherAttribute:
                pdu.Flags = (byte)(pdu.Flags & 0xF8 | random.Next(1, 4));
                break;
            case Wrong.Ping:
                return new(RawFrames.NopOut(tag, 1, 2, 3), 0, 0);
            case Wrong.OneBlockIsWanted:
                pdu.Header.AsSpan(32, 16).Clear();
                pdu.Header[32] = WriteSame16;
                return new(pdu, 0, 0);
            case Wrong.NotFinal:
                pdu.Flags &= 0x7F;
                return new(pdu, lba, takes) { More = RawFrames.DataOut(0, tag, RawFrames.ReservedTag, 0, (uint)length, true, []) };
            case Wrong.NoDirection:
                // Without a number: what is rejected leaves a hole in the others'.
                pdu.Flags &= 0xDF;
                pdu.Immediate = true;
                return new(pdu, 0, 0);
        }

        return new(pdu, lba, takes);
    }

    private sealed record Step(RawFrame Pdu, int Lba, int Length)
    {
        public RawFrame? More { get; init; }
    }
}
