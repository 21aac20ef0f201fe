namespace Blockwire.Testing;

/// <summary>Measures what code allocates on this thread.</summary>
public static class Allocations
{
    /// <summary>
    /// Bytes allocated by the leanest of a few batches of rounds. The runtime itself allocates now and then, when it loads a type or compiles
    /// again, and that is not the code's; what the code allocates, it allocates in every batch.
    /// </summary>
    public static long Of(Action round, int rounds = 200)
    {
        round();
        long least = long.MaxValue;
        for (int batch = 0; batch < 5 && least != 0; batch++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < rounds; i++)
            {
                round();
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
