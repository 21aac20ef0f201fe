namespace Blockwire.Scsi.Device.Tests;

/// <summary>Tests that run while no other test does.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>
/// Goal: the hot path allocates nothing. Method: the bytes that this thread allocates in a thousand commands, the least of twenty rounds: a collection that
/// another thread starts adds the unused rest of this thread's allocation buffer to the count, while an allocation of ours would be in every round.
/// </summary>
[Collection(nameof(Alone))]
public sealed class AllocationTests
{
    [Fact]
    public void Nothing_is_allocated_by_a_small_read_or_write()
    {
        using OneBufferPool pool = new();
        Rig rig = new(new FakeDisk { Lends = true });
        ScsiCommand command = new(pool);
        byte[] read = Cdbs.Ten(OperationCode.Read10, 8, 8);
        byte[] write = Cdbs.Ten(OperationCode.Write10, 8, 8, 0x08);
        byte[] data = new byte[4096];
        for (int lend = 0; lend < 2; lend++)
        {
            command.AllowLending = lend == 1;
            Turn(200);
            Assert.Equal(0, Enumerable.Range(0, 20).Min(_ => AllocatedBy(() => Turn(1000))));
        }

        static long AllocatedBy(Action work)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            work();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        void Turn(int times)
        {
            for (int i = 0; i < times; i++)
            {
                Do(write, data);
                Do(read, default);
            }
        }

        void Do(byte[] cdb, ReadOnlyMemory<byte> dataOut)
        {
            command.Begin(rig.First, 0, cdb, TaskAttribute.Simple);
            bool go = rig.Target.Prepare(command);
            command.DataOut = dataOut;
            ValueTask running = rig.Target.ExecuteAsync(command, CancellationToken.None);
            if (!go || !command.CompletesInline || !running.IsCompletedSuccessfully || command.Status != ScsiStatus.Good)
            {
                throw new InvalidOperationException("not inline and good");
            }

            command.End();
        }
    }
}
