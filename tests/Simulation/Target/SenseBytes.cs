using Blockwire.Protocol.Session;

namespace Blockwire.Simulation.Tests;

/// <summary>Sense data in fixed format, as far as this disk has any.</summary>
internal static class SenseBytes
{
    public const int TasksEndedByTransport = 0x477F, NexusLost = 0x2907, CrcError = 0x4705, SnackRejected = 0x1113;

    public static void Set(TargetTask task, byte key, int code)
    {
        byte[] sense = new byte[18];
        sense[0] = 0x70;
        sense[2] = key;
        sense[7] = 10;
        sense[12] = (byte)(code >> 8);
        sense[13] = (byte)code;
        task.Status = 2;
        task.Sense = sense;
    }

    /// <summary>Code and qualifier of the sense data behind its length field.</summary>
    public static int Read(ReadOnlySpan<byte> data) => data.Length < 16 ? 0 : (data[14] << 8) | data[15];
}
