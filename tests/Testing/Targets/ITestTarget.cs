using System.Net;

namespace Blockwire.Testing.Targets;

/// <summary>A running iSCSI target with the LUNs that a test asked for.</summary>
public interface ITestTarget : IAsyncDisposable
{
    /// <summary>HOST:PORT.</summary>
    string Portal { get; }

    int Port { get; }

    string TargetName { get; }

    int ProcessId { get; }

    bool IsAlive { get; }

    /// <summary>What the target printed, for the report of a failure.</summary>
    string Log { get; }

    /// <summary>Every line of its log.</summary>
    IReadOnlyList<string> LogLines { get; }

    /// <summary>The LUN that the n-th disk got.</summary>
    int Lun(int disk);

    /// <summary>Ends it at once, as a crash would, and waits until it is gone.</summary>
    Task KillAsync();
}

public static class TestTargetExtensions
{
    /// <summary>iscsi://HOST:PORT/IQN/LUN of the n-th disk.</summary>
    public static string Url(this ITestTarget target, int disk) => $"iscsi://{target.Portal}/{target.TargetName}/{target.Lun(disk)}";

    public static IPEndPoint EndPoint(this ITestTarget target) => IPEndPoint.Parse(target.Portal);

    /// <summary>VmRSS in bytes.</summary>
    public static long ResidentBytes(this ITestTarget target) => ProcessMemory.ResidentBytes(target.ProcessId);
}
