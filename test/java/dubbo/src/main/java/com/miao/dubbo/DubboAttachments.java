package com.miao.dubbo;

import com.miao.check.Attachments;
import org.apache.dubbo.rpc.RpcContext;

public final class DubboAttachments implements Attachments {
    @Override
    public void send(String key, String value) {
        RpcContext.getContext().setAttachment(key, value);
    }

    @Override
    public String answered(String key) {
        return RpcContext.getServerContext().getAttachment(key);
    }

    @Override
    public String received(String key) {
        return RpcContext.getContext().getAttachment(key);
    }

    @Override
    public void answer(String key, String value) {
        RpcContext.getServerContext().setAttachment(key, value);
    }
}
