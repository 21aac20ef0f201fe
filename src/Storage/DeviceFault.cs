namespace Blockwire.Storage;

/// <summary>What a <see cref="GuardedDevice"/> caught its backend doing against the contract; for the log.</summary>
/// <param name="Operation">The call.</param>
/// <param name="Description">What the backend did, in words.</param>
/// <param name="Exception">What it threw, if it threw.</param>
public sealed record DeviceFault(DeviceOperation Operation, string Description, Exception? Exception);
