using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Wire;

namespace Blockwire.Initiator.Tests.Multipath;

/// <summary>
/// Goal: whatever paths do, no acknowledged write is lost or overwritten by an older one, and none runs twice that must not. Method: writers with blocks of their own, paths that
/// break under one command in twelve and lose what is under way, some of which the target does later; the seed chooses the faults.
/// </summary>
public sealed class FailingPathsTests
{
    private const int Writers = 8;
    private const int BlocksEach = FailingArray.Blocks / Writers;
    private const int Steps = 150;

    private static readonly MultipathSettings Settings = new()
    {
        CheckPeriod = TimeSpan.FromMilliseconds(3),
        NoPathTimeLimit = TimeSpan.FromSeconds(30),
        FenceTimeLimit = TimeSpan.FromSeconds(30),
    };

    [Theory]
    [InlineData(1, PathPolicy.LeastQueue)]
    [InlineData(2, PathPolicy.LeastQueue)]
    [InlineData(3, PathPolicy.RoundRobin)]
    [InlineData(4, PathPolicy.RoundRobin)]
    [InlineData(5, PathPolicy.RoundRobin)]
    public async Task No_acknowledged_write_is_lost_and_none_runs_twice_that_must_not(int seed, PathPolicy policy)
    {
        FailingArray array = new(seed, paths: 3);
        await using MultipathUnit unit = await MultipathUnit.OpenAsync([.. array.Paths.Select(static path => path.AsPath)], Settings with { Policy = policy });
        Writer[] writers = [.. Enumerable.Range(0, Writers).Select(index => new Writer(unit, array, seed, index))];
        await Task.WhenAll(writers.Select(static writer => Task.Run(writer.RunAsync)));
        array.IsCalm = true;
        foreach (FailingPath path in array.Paths)
        {
            Assert.True(await path.WaitForLostTasksAsync(CancellationToken.None));
        }

        Assert.True(array.Paths.Sum(static path => path.Breaks) > 10, "hardly a path broke");
        Assert.True(writers.Sum(static writer => writer.Acknowledged) > Writers * Steps / 4, "hardly a write was acknowledged");
        foreach (Writer writer in writers)
        {
            writer.Check();
        }
    }

    private sealed class Writer(MultipathUnit unit, FailingArray array, int seed, int index)
    {
        private readonly Random _random = new(seed * 100 + index);
        private readonly Dictionary<int, ulong> _expected = [];
        private readonly HashSet<int> _doubtful = [];
        private readonly List<ulong> _once = [];
        private readonly List<ulong> _never = [];

        public int Acknowledged { get; private set; }

        public async Task RunAsync()
        {
            for (int step = 1; step <= Steps; step++)
            {
                int lba = index * BlocksEach + _random.Next(BlocksEach);
                if (_doubtful.Contains(lba))
                {
                    continue;
                }

                if (_random.Next(3) == 0)
                {
                    Assert.Equal(_expected.GetValueOrDefault(lba), await ReadAsync(lba));
                }
                else
                {
                    await WriteAsync(lba, (ulong)(index << 16 | step));
                }
            }
        }

        public void Check()
        {
            foreach ((int lba, ulong number) in _expected.Where(one => !_doubtful.Contains(one.Key)))
            {
                Assert.Equal(number, array.At(lba));
            }

            Assert.All(_once, number => Assert.InRange(array.Runs(number), 0, 1));
            Assert.All(_never, number => Assert.Equal(0, array.Runs(number)));
        }

        private async Task WriteAsync(int lba, ulong number)
        {
            Repeat repeat = _random.Next(6) == 0 ? Repeat.OnlyIfNotRun : Repeat.Allowed;
            byte[] data = new byte[FailingArray.BlockBytes];
            BinaryPrimitives.WriteUInt64BigEndian(data, number);
            if (repeat == Repeat.OnlyIfNotRun)
            {
                _once.Add(number);
            }

            try
            {
                ScsiRequest request = new(Cdb16.From(BlockCdbs.Write(OperationCode.Write10, (ulong)lba, 1).AsSpan)) { DataOut = data, Repeat = repeat };
                Assert.True((await unit.ExecuteAsync(request, CancellationToken.None)).IsGood);
                _expected[lba] = number;
                Acknowledged++;
            }
            catch (CommandLostException lost) when (lost.Fate == CommandFate.MayHaveRun)
            {
                // Only what must not be repeated may end in doubt here, for every fence comes through.
                Assert.Equal(Repeat.OnlyIfNotRun, repeat);
                _doubtful.Add(lba);
            }
            catch (CommandLostException)
            {
                _never.Add(number);
            }
        }

        private async Task<ulong> ReadAsync(int lba)
        {
            byte[] data = new byte[FailingArray.BlockBytes];
            ScsiRequest request = new(Cdb16.From(BlockCdbs.Read(OperationCode.Read10, (ulong)lba, 1).AsSpan)) { DataIn = data, Repeat = Repeat.Allowed };
            Assert.True((await unit.ExecuteAsync(request, CancellationToken.None)).IsGood);
            return BinaryPrimitives.ReadUInt64BigEndian(data);
        }
    }
}
