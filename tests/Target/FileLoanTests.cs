using System.Diagnostics;
using System.Net;
using Blockwire.Storage;
using Blockwire.Testing.Raw;
using Blockwire.Transport;

namespace Blockwire.Target.Tests;

/// <summary>When a served file lends its pages, and that somebody who cuts the file short ends no more than the connections that wait for it.</summary>
public sealed class FileLoanTests : IDisposable
{
    private const int LengthBytes = 24 << 20, ReadBytes = 5 << 20, ReadCount = 3;

    private readonly string _folder = Directory.CreateTempSubdirectory("blockwire-loan-").FullName;

    public FileLoanTests() => Assert.SkipUnless(
        OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("BLOCKWIRE_PORTABLE_SOCKETS") is null, "only gather writes take lent pages");

    private string FilePath => Path.Combine(_folder, "disk.img");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("None", false, 1)]
    [InlineData("CRC32C", false, 0)]
    [InlineData("None", true, 0)]
    public async Task Pages_are_lent_where_no_program_reads_them(string digests, bool hasTap, int loans)
    {
        (LoanCounter disk, byte[] data) = await OpenAsync();
        await using ServerRig rig = await ServerRig.StartAsync(change: options => options with { Tap = hasTap ? new DeafTap() : null }, disks: disk);
        using RawInitiator initiator = await RawInitiator.LogInAsync(rig.Portal, new RawLogin(ServerRig.TargetName) { Digests = digests });
        Assert.True((await initiator.CommandAfterAttentionsAsync(0, new byte[6])).IsGood);

        RawScsiResult read = await initiator.CommandAsync(0, RawFrames.Cdb10(ServerRig.Read10, 8, 512), 512 * 512);

        Assert.Equal(data[(8 * 512)..(520 * 512)], read.DataIn);
        Assert.Equal(loans, disk.Loans);
    }

    [Fact]
    public async Task A_file_cut_short_ends_only_the_connection_that_its_pages_are_sent_on()
    {
        (LoanCounter disk, _) = await OpenAsync();
        await using ServerRig rig = await ServerRig.StartAsync(disks: disk);
        using RawInitiator other = await rig.LogInAsync(isid: 2);
        using RawInitiator slow = await rig.LogInAsync();
        for (int i = 0; i < ReadCount; i++)
        {
            await slow.SendAsync(RawFrames.ScsiCommand(0, slow.NewTag(), ReadBytes, 0, RawFrames.Cdb10(ServerRig.Read10, (uint)(i * ReadBytes / 512), ReadBytes / 512)));
        }

        await ServerRig.UntilAsync(() => disk.Loans == ReadCount);
        using (Process truncate = Process.Start("truncate", ["-s", "0", FilePath]))
        {
            await truncate.WaitForExitAsync();
            Assert.Equal(0, truncate.ExitCode);
        }

        Assert.InRange(await ReceiveUntilLostAsync(slow), 0, (ReadCount * ReadBytes) - 1);
        RawScsiResult read = await other.CommandAsync(0, RawFrames.Cdb10(ServerRig.Read10, 0, 64), 64 * 512);
        Assert.Equal(3, read.SenseKey); // MEDIUM ERROR
    }

    private static async Task<int> ReceiveUntilLostAsync(RawInitiator initiator)
    {
        int received = 0;
        try
        {
            while (await initiator.ReceiveAsync() is { } pdu)
            {
                received += pdu.Data.Length;
            }
        }
        catch (InvalidDataException)
        {
            // lost inside a PDU
        }

        return received;
    }

    private async Task<(LoanCounter Disk, byte[] Data)> OpenAsync()
    {
        FileDisk disk = FileDisk.Open(FilePath, new FileDiskOptions { CreateBytes = LengthBytes });
        byte[] data = new byte[LengthBytes];
        new Random(3).NextBytes(data);
        Assert.Equal(IoStatus.Ok, await disk.WriteAsync(0, data, false, default));
        return (new LoanCounter(disk), data);
    }

    private sealed class LoanCounter(IBlockDevice next) : BlockFilter(next)
    {
        private int _loans;

        public int Loans => Volatile.Read(ref _loans);

        public override bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages)
        {
            bool isLent = base.TryLend(lba, lengthBytes, out pages);
            if (isLent)
            {
                Interlocked.Increment(ref _loans);
            }

            return isLent;
        }
    }

    private sealed class DeafTap : ITransportTap, IConnectionTap
    {
        public IConnectionTap Open(IPEndPoint local, IPEndPoint remote, bool accepted) => this;

        public void Received(ReadOnlySpan<byte> bytes)
        {
        }

        public void Sent(ReadOnlySpan<byte> bytes)
        {
        }

        public void ReceivedEnd()
        {
        }

        public void SentEnd()
        {
        }

        public void Closed()
        {
        }
    }
}
